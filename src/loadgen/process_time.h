#pragma once
// Which process serves a socket, and how much CPU time processes have spent: the kernel's own counts, to the
// nanosecond, with all threads, ended ones included. Any thread.

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

namespace laneway {

// The process that listens, or listened when the connection was made (SO_PEERCRED); 0 where it cannot be seen, for
// example in another PID namespace.
pid_t server_of(int socket);
// Its program's name; empty where there is no such process.
std::string program_of(pid_t process);
// Nothing where the process has gone.
std::optional<uint64_t> cpu_ns_of(pid_t process);
uint64_t own_cpu_ns();
// The process's share of the memory that it maps: pages of its own, and its part of those that it shares (PSS). Nothing
// where the process has gone or is another user's.
std::optional<uint64_t> memory_bytes_of(pid_t process);

}  // namespace laneway
