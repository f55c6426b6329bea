"""The page in a browser: it loads without a complaint, and its animations can be stepped through."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ..browsers import CHROMIUM

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium here to look at the page with"),
]

OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=8000",
    "--dump-dom",
]

PROBE = """
<script>
const film = document.querySelectorAll(".player")[1];
const seen = [];
const look = () => seen.push([
  film.querySelector(".film").getAttribute("src"), film.querySelector("input").value,
  film.querySelector("output").textContent, film.querySelector(".play").textContent]);
const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
look();
film.querySelector(".on").click(); look();
film.querySelector(".on").click(); look();
film.querySelector(".back").click(); look();
film.dispatchEvent(new PointerEvent("pointerdown", {bubbles: true}));
press("ArrowRight"); look();
press("End"); look();
press("ArrowRight"); look();
press("Home"); look();
const slider = film.querySelector("input");
slider.value = 3; slider.dispatchEvent(new Event("input")); look();
press(" ");
look();
setTimeout(() => {
  look();
  const shown = [...document.querySelectorAll(".light, .dark")].filter((i) => i.offsetWidth).map((i) => i.src);
  const broken = [...document.images].filter((i) => i.complete && !i.naturalWidth).map((i) => i.src);
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const paper = getComputedStyle(document.body).backgroundColor;
  document.body.innerHTML = "<pre id=probe></pre>";
  document.getElementById("probe").textContent = JSON.stringify({seen, broken, wide, shown, paper});
}, 1500);
</script>
"""


def look_at(page: Path, profile: Path, width: int, dark: bool) -> tuple[dict[str, Any], str]:
    probed = page.with_name(f"probe-{width}-{dark}.html")
    probed.write_text(
        page.read_text(encoding="utf-8").replace("</body>", PROBE + "</body>"), encoding="utf-8"
    )
    done = subprocess.run(
        [
            str(CHROMIUM),
            *OPTIONS,
            *(["--blink-settings=preferredColorScheme=0"] if dark else []),
            f"--user-data-dir={profile}",
            f"--window-size={width},1000",
            probed.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found = re.search(r'<pre id="probe">(.*?)</pre>', done.stdout, re.DOTALL)
    assert found is not None, done.stderr
    return json.loads(found[1].replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")), done.stderr


@pytest.mark.parametrize(("width", "dark"), [(1300, False), (500, False), (1300, True), (500, True)])
def test_the_page_works(demo: Any, tmp_path: Path, width: int, dark: bool) -> None:
    result, log = look_at(demo.page, tmp_path, width, dark)
    assert "CONSOLE" not in log
    assert result["broken"] == []
    assert result["wide"] <= 0
    assert result["paper"] == ("rgb(20, 24, 30)" if dark else "rgb(255, 255, 255)")
    assert len(result["shown"]) > 5
    assert all(("/pictures-dark/" in source) == dark for source in result["shown"])
    places = [int(entry[1]) for entry in result["seen"]]
    # Untouched; on; on; back; right; end; right at the end; home; the slider; playing; and played to the end.
    assert places == [0, 1, 2, 1, 2, 5, 5, 0, 3, 3, 5]
    folder = f"films/iy-6{'-dark' if dark else ''}"
    assert [entry[0] for entry in result["seen"]] == [f"{folder}/{place:03}.png" for place in places]
    assert result["seen"][0][2] == result["seen"][7][2] == "Start"
    assert result["seen"][2][2].startswith("Iteration 2: log-likelihood −")
    # The button says what it does: nothing moves while it says Play.
    assert [entry[3] for entry in result["seen"]] == [*["Play"] * 9, "Pause", "Play"]
