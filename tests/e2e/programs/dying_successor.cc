// A successor that says it could serve and ends as soon as it is to: for tests of upgrades that go wrong late.
#include <string_view>

#include "keeper/keeper_client.h"

int main(int argc, char** argv) {
  std::string keeper;
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::string_view(argv[i]) == "--keeper") keeper = argv[i + 1];
  }
  auto client = laneway::KeeperClient::connect(keeper, "dying");
  if (!client || !client->receive()) return 1;
  return client->succeed() ? 3 : 1;
}
