// An engine that dies of the item vf/bad each time it restores it, as the keeper sees such a one. Left out of it for
// the first time it asks for one more attempt; the second time it ends its keeper.
#include <poll.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "keeper/keeper_client.h"

namespace {

using namespace laneway;

void tell(const KeeperClient& keeper, PacketKind kind, std::string_view key = {}) {
  (void)send_packet(keeper.socket(), {.kind = kind, .key = key}, 0);
}

// It was left out: goes on without.
int serve(const KeeperClient& keeper, const Inheritance& inheritance) {
  const bool is_second_time = inheritance.items.contains("released");
  tell(keeper, PacketKind::served);
  std::puts("serves all but vf/bad");
  std::fflush(stdout);
  if (is_second_time) {
    (void)::kill(::getppid(), SIGTERM);
    (void)::poll(nullptr, 0, -1);
  }
  tell(keeper, PacketKind::put, "released");
  tell(keeper, PacketKind::release, "vf/bad");
  tell(keeper, PacketKind::restoring, "vf/bad");
  std::abort();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  Result<KeeperClient> keeper = KeeperClient::connect(argv[2], "crashing");
  if (!keeper) return 1;
  const Result<Inheritance> inheritance = keeper->receive();
  if (!inheritance) return 1;
  if (!inheritance->items.contains("vf/bad")) tell(*keeper, PacketKind::put, "vf/bad");
  if (!inheritance->quarantined.empty()) return serve(*keeper, *inheritance);
  if (inheritance->is_careful) tell(*keeper, PacketKind::restoring, "vf/bad");
  std::abort();
}
