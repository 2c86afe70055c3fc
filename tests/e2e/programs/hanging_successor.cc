// A successor that says hello, gets its items, and never says whether it could serve; started by a name that ends in
// "late", it says so and never serves.
#include <poll.h>

#include <string_view>

#include "keeper/keeper_client.h"

int main(int argc, char** argv) {
  std::string keeper;
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string_view(argv[i]) == "--keeper") keeper = argv[i + 1];
  }
  auto client = laneway::KeeperClient::connect(keeper, "hanging");
  if (!client || !client->receive()) return 1;
  if (std::string_view(argv[0]).ends_with("late") && !client->succeed()) return 1;
  (void)::poll(nullptr, 0, -1);
  return 1;
}
