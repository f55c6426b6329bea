"""The page in a browser: it loads without a complaint, and its films can be stepped through."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no chromium here to look at the page with"),
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
  film.querySelector("output").textContent]);
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
setTimeout(() => {
  look();
  const broken = [...document.images].filter((i) => i.complete && !i.naturalWidth).map((i) => i.src);
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  document.body.innerHTML = "<pre id=probe></pre>";
  document.getElementById("probe").textContent = JSON.stringify({seen, broken, wide});
}, 1500);
</script>
"""


def look_at(page: Path, profile: Path, width: int) -> tuple[dict[str, Any], str]:
    probed = page.with_name(f"probe-{width}.html")
    probed.write_text(
        page.read_text(encoding="utf-8").replace("</body>", PROBE + "</body>"), encoding="utf-8"
    )
    done = subprocess.run(
        [
            str(BROWSER),
            *OPTIONS,
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


@pytest.mark.parametrize("width", [1300, 500])
def test_the_page_works(demo: Any, tmp_path: Path, width: int) -> None:
    result, log = look_at(demo.page, tmp_path, width)
    assert "CONSOLE" not in log
    assert result["broken"] == []
    assert result["wide"] <= 0
    film, start, *_ = (entry[0] for entry in result["seen"])
    assert film == "films/iy-6.gif"
    assert start == "films/iy-6/001.png"
    places = [int(entry[1]) for entry in result["seen"]]
    # Untouched; on; on; back; right; end; right at the end; home; the slider; and played to the end.
    assert places == [0, 1, 2, 1, 2, 5, 5, 0, 3, 5]
    assert [entry[0] for entry in result["seen"][1:]] == [
        f"films/iy-6/{place:03}.png" for place in places[1:]
    ]
    assert result["seen"][7][2] == "The start"
    assert result["seen"][2][2].startswith("Iteration 2: the E-step found −")
