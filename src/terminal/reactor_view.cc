#include "terminal/reactor_view.h"

#include "terminal/size_text.h"
#include "terminal/table.h"

namespace laneway {

void print_reactors(const Json& reactors, std::ostream& out) {
  Table table({{"REACTOR", Table::Align::right},
               {"CPU", Table::Align::right},
               {"FUNCTIONS", Table::Align::right},
               {"TURNS", Table::Align::right},
               {"BUSY TURNS", Table::Align::right},
               {"SLEEPS", Table::Align::right},
               {"CPU TIME", Table::Align::right}});
  for (const Json& reactor : reactors) {
    const Json& cpu = member(reactor, "cpu");
    table.add({std::to_string(number_at(reactor, "index")), cpu.is_null() ? "any" : to_line(cpu),
               std::to_string(number_at(reactor, "functions")), count_text(number_at(reactor, "turns")),
               count_text(number_at(reactor, "busy_turns")), count_text(number_at(reactor, "sleeps")),
               duration_text(number_at(reactor, "cpu_time_ns"))});
  }
  table.print(out);
}

}  // namespace laneway
