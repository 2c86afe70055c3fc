// laneway. Everything is in command_line.h, so that tests can call it.
#include <csignal>
#include <iostream>

#include "cli/command_line.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  return laneway::run_laneway(std::vector<std::string>(argv + 1, argv + argc), std::cout, std::cerr);
}
