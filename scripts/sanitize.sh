#!/usr/bin/env bash
# Builds the compiled kernel with AddressSanitizer and UndefinedBehaviorSanitizer in a folder of its own and runs the
# kernels' tests on it: scripts/sanitize.sh [arguments of pytest]. CXX names the compiler (default g++).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=$PWD/.venv/bin/python
compiler=${CXX:-g++}
[ -x "$python" ] || { echo "There is no .venv: run 'make test' first." >&2; exit 1; }
command -v "$compiler" >/dev/null || { echo "There is no $compiler here: name a compiler with CXX." >&2; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$python" -m venv "$folder/tools"
"$folder/tools/bin/pip" install --quiet --disable-pip-version-check cmake nanobind ninja

flags="-g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
case $("$compiler" --version) in
*clang*) flags="$flags -shared-libasan"; runtime=libclang_rt.asan-$(uname -m).so ;;
*) runtime=libasan.so ;;
esac
PATH=$folder/tools/bin:$PATH
cmake -S . -B "$folder/build" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_COMPILER="$compiler" \
    -DCMAKE_CXX_FLAGS="$flags" -DPython_EXECUTABLE="$python" \
    -Dnanobind_DIR="$("$folder/tools/bin/python" -m nanobind --cmake_dir)" >"$folder/log" ||
    { cat "$folder/log" >&2; exit 1; }
cmake --build "$folder/build"
cp -r src/gaussmix "$folder/gaussmix"
cmake --install "$folder/build" --prefix "$folder" >/dev/null

# The interpreter below the virtual environment, so that the package found is the copy and not the one installed.
packages=$("$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
interpreter=$("$python" -c 'import os, sys; print(os.path.realpath(sys.executable))')
preload=$("$compiler" -print-file-name="$runtime")
[ -e "$preload" ] || { echo "$compiler has no $runtime: install its sanitizers." >&2; exit 1; }
# The library of C++ goes first as well: the sanitizer looks for its exceptions when it starts.
preload="$preload $("$compiler" -print-file-name=libstdc++.so.6)"
run=(env PYTHONPATH="$folder:$packages" LD_PRELOAD="$preload" "$interpreter")
# The interpreter frees little at its end: leaks are not looked for.
export ASAN_OPTIONS=detect_leaks=0:log_path=$folder/report UBSAN_OPTIONS=print_stacktrace=1:log_path=$folder/report
export GAUSSMIX_KERNEL=native OPENBLAS_NUM_THREADS=1
"${run[@]}" -c 'from gaussmix.kernels import _native; print("Sanitized:", _native.__file__, _native.instruction_sets())'
[ $# -gt 0 ] || set -- tests/kernels tests/conformance/test_kernels.py tests/laws/test_threads.py \
    --deselect tests/kernels/test_memory.py
"${run[@]}" -m pytest -q -p no:cacheprovider "$@" || { cat "$folder"/report* >&2; exit 1; }
echo "No error was found by $("$compiler" --version | head -n 1)."
