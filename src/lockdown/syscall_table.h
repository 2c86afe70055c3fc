#pragma once
// The numbers of the system calls that the filter names, on the processors that the engine is built for. Checked
// against the kernel's own headers by its test. Constant; any thread.

#include <cstdint>
#include <optional>
#include <string_view>

namespace laneway {

enum class Processor : uint8_t { x86_64, arm64 };

// Nothing where that processor has no such call (arm64 has no open, only openat). The name is one of the table.
std::optional<uint32_t> syscall_number(std::string_view name, Processor processor);

// What this program was built for; nothing where the filter knows no numbers for it.
std::optional<Processor> this_processor();

// For the test: every name of the table, in its order; empty behind the last.
std::string_view syscall_name(size_t index);

}  // namespace laneway
