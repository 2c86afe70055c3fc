"""One violation of every rule, for the self-test of tidy.py. The clean tree breaks none."""

_HEADER = '#pragma once\n// A lane that is clean.\n// Owned by the test; any thread.\n\n'

_LONG_LINE = '// ' + 'x' * 120 + '\n'
_LONG_FUNCTION = 'int long_function() {\n' + '  step();\n' * 80 + '  return 0;\n}\n'
_DEEP_FUNCTION = '''void deep(int a) {
  for (;;) {
    if (a > 1) {
      while (a > 2) {
        if (a > 3) {
          step();
        }
      }
    }
  }
}
'''
_CLEAN_SOURCE = '''#include "base/lane.h"

namespace laneway {
// Words in comments are free: new, delete, throw, sleep(1), std::function.
Lane::Lane(int a, std::map<int, int> b) : a_{a}, b_(std::move(b)) {
  const char* text = "reinterpret_cast and malloc( in a literal";
  auto lambda = [&](int x) {
    for (int i = 0; i < x; ++i) {
      step();
    }
  };
  lambda(3);
}
Lane::Lane(const Lane&) = delete;
}  // namespace laneway
'''

# (rule, path, text)
VIOLATIONS = (
    ('file-length', 'src/base/long.cc', '// line\n' * 601),
    ('file-length', 'src/base/long_test.cc', '// line\n' * 1001),
    ('columns', 'src/base/wide.cc', _LONG_LINE),
    ('function-length', 'src/base/long_function.cc', _LONG_FUNCTION),
    ('function-length', 'tools/long_function.py', 'def long():\n' + '    pass\n' * 80),
    ('nesting', 'src/base/deep.cc', _DEEP_FUNCTION),
    ('parameters', 'src/base/many.cc',
     'int many(int a, int b, std::map<int, int> c, int d, int e, int f) {\n  return 0;\n}\n'),
    ('parameters', 'src/base/many_members.cc',
     'Many::Many(int a, int b, int c, int d, int e, int f) : a_(a), b_{b} {\n}\n'),
    ('header-start', 'src/base/no_pragma.h', '// A header.\n// Without the pragma.\n'),
    ('header-start', 'src/base/no_comment.h', '#pragma once\n\nint x();\n'),
    ('wire-struct', 'src/base/unchecked.cc', 'struct LaneWire {\n  uint32_t a;\n};\n'),
    ('wire-struct', 'src/base/loose.cc', 'struct LaneWire {\n  int a;\n};\nstatic_assert(sizeof(LaneWire) == 4);\n'),
    ('ownership', 'src/base/shared.cc', 'std::shared_ptr<int> x;\n'),
    ('ownership', 'src/base/new.cc', 'auto* x = new Lane();\n'),
    ('ownership', 'src/base/delete.cc', 'void f(Lane* x) {\n  delete x;\n}\n'),
    ('ownership', 'src/base/malloc.cc', 'void* x = malloc(3);\n'),
    ('descriptor', 'src/frontend/close.cc', 'void f(int fd) {\n  ::close(fd);\n}\n'),
    ('std-function', 'src/frontend/function.cc', 'std::function<void()> x;\n'),
    ('std-ranges', 'src/frontend/ranges.cc', 'auto x = std::ranges::sort(y);\n'),
    ('coroutine', 'src/frontend/coroutine.cc', 'Task f() {\n  co_return 1;\n}\n'),
    ('random', 'src/frontend/random.cc', 'int x = std::rand();\n'),
    ('wall-clock', 'src/frontend/clock.cc', 'auto x = std::chrono::system_clock::now();\n'),
    ('sleep', 'src/frontend/sleep_test.cc', 'void f() {\n  usleep(1);\n}\n'),
    ('exception', 'src/frontend/throw.cc', 'void f() {\n  throw 1;\n}\n'),
    ('mutex', 'src/iscsi/mutex.cc', 'std::mutex x;\n'),
    ('fixed-port', 'src/frontend/port_test.cc', 'auto x = htons(3260);\n'),
    ('assert', 'src/base/assert.cc', 'void f() {\n  assert(true);\n}\n'),
    ('reinterpret-cast', 'src/frontend/cast.cc', '// SAFE: it is not.\nauto* x = reinterpret_cast<int*>(y);\n'),
    ('reinterpret-cast', 'src/guest/cast.cc', 'auto* x = reinterpret_cast<int*>(y);\n'),
    ('machine-path', 'docs/path.md', 'See /ho' 'me/someone/notes.\n'),
    ('vague-name', 'src/base/utils.cc', '// Nothing.\n'),
    ('sleep', 'tests/guest/test_sleep.py', 'import time\ntime.' 'sleep(1)\n'),
    ('fixed-port', 'tests/guest/test_port.py', 'PORTAL = "127.0.0.1' ':3260"\n'),
    ('syntax', 'tools/broken.py', 'def f(:\n'),
    ('code-map', 'src/orphan/orphan.cc', '// A module that nobody owns.\n'),
)


def write(root, path, text):
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding='utf-8')


def write_clean(root):
    write(root, 'ARCHITECTURE.md', 'Map: `base/` `frontend/` `iscsi/` `guest/`\n')
    write(root, 'src/base/lane.h', _HEADER + 'class LW_CAPABILITY("lane") Lane {\n' + '  int a();\n' * 90 + '};\n')
    write(root, 'src/base/lane.cc', _CLEAN_SOURCE)
    write(root, 'src/guest/view.cc',
          '// SAFE: bytes may be looked at as bytes.\nauto* x = reinterpret_cast<char*>(y);\n'
          'auto z = std::unique_ptr<View>(new View(x));\n')
