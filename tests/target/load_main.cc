// laneway-target-load: the least initiator that can load the fake target, to show what the target serves by itself:
// requests gathered into one send, one large blocking receive, payload dropped. Reads or writes whole blocks in order
// of a fixed random walk; checks nothing but status and length.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/random.h"
#include "base/units.h"
#include "target/wire.h"

namespace {

using laneway::ByteView;
using laneway::fake::Bytes;
using laneway::fake::Header;
using laneway::fake::Op;

constexpr const char* kUsage =
    "usage: laneway-target-load PORT [options]\n"
    "  --depth N (32)  --block BYTES (4096)  --span BYTES (268435456)  --seconds N (3)  --write  --poll\n"
    "  --iqn NAME\n";

struct Plan {
  uint16_t port = 0;
  uint32_t depth = 32;
  uint32_t block_bytes = 4096;
  uint64_t span_bytes = 256 << 20;
  uint64_t seconds = 3;
  bool is_write = false;
  bool is_polling = false;
  std::string target = "iqn.2026-11.test.laneway:fake";
};

[[noreturn]] void die(const char* why) {
  std::fprintf(stderr, "laneway-target-load: %s\n", why);
  std::exit(1);
}

// One blocking connection in full feature phase.
class Line {
 public:
  explicit Line(const Plan& plan);

  void send_all(ByteView bytes);
  // Receives at least one byte more of the stream and cuts a PDU if there is one.
  bool next(laneway::fake::PduView& pdu);
  void more();

 private:
  const Plan& plan_;
  laneway::UniqueFd fd_;
  Bytes in_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

Line::Line(const Plan& plan) : plan_(plan), fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), in_(2 << 20) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(plan.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_.get(), static_cast<sockaddr*>(static_cast<void*>(&address)), sizeof(address)) != 0) {
    die("cannot connect");
  }
  const int one = 1;
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
}

void Line::send_all(ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) die("cannot send");
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
}

bool Line::next(laneway::fake::PduView& pdu) {
  const auto cut = laneway::fake::cut_pdu(ByteView(in_).subspan(begin_, end_ - begin_), {}, 1 << 20);
  if (cut.outcome == laneway::fake::Cut::incomplete) return false;
  begin_ += cut.taken_bytes;
  pdu = cut.pdu;
  return true;
}

void Line::more() {
  std::copy(in_.begin() + static_cast<std::ptrdiff_t>(begin_), in_.begin() + static_cast<std::ptrdiff_t>(end_),
            in_.begin());
  end_ -= begin_;
  begin_ = 0;
  for (;;) {
    const ssize_t count = ::recv(fd_.get(), in_.data() + end_, in_.size() - end_, plan_.is_polling ? MSG_DONTWAIT : 0);
    if (count < 0 && plan_.is_polling) continue;
    if (count <= 0) die("the target closed the connection");
    end_ += static_cast<size_t>(count);
    return;
  }
}

void log_in(Line& line, const Plan& plan) {
  Bytes text;
  laneway::fake::append_text(text, "InitiatorName", "iqn.2026-11.test.laneway:load");
  laneway::fake::append_text(text, "SessionType", "Normal");
  laneway::fake::append_text(text, "TargetName", plan.target);
  laneway::fake::append_text(text, "MaxRecvDataSegmentLength", "262144");
  laneway::fake::append_text(text, "FirstBurstLength", "262144");
  laneway::fake::append_text(text, "ImmediateData", "Yes");
  Header header(Op::login);
  header.u8(0, 0x43).u8(1, 0x87).u8(8, 0x80).u8(13, 1).u32(24, 1);
  Bytes request;
  append_pdu(request, header, text, {});
  line.send_all(request);
  laneway::fake::PduView answer;
  while (!line.next(answer)) line.more();
  if (answer.op() != Op::login_response || answer.u8(36) != 0 || answer.u8(1) != 0x87)
    die("the target refuses the login");
}

class Load {
 public:
  Load(Line& line, const Plan& plan) : line_(line), plan_(plan), payload_(plan.is_write ? plan.block_bytes : 0) {}
  void run();

 private:
  void add_request();
  void take_answers();

  Line& line_;
  const Plan& plan_;
  laneway::Random random_{1};
  Bytes payload_;
  Bytes out_;
  uint32_t cmd_sn_ = 1;
  uint32_t exp_stat_sn_ = 0;
  uint32_t under_way_ = 0;
  uint64_t done_ = 0;
};

void Load::add_request() {
  const uint64_t lba = random_.below(plan_.span_bytes / plan_.block_bytes) * plan_.block_bytes / 512;
  Header header(Op::command);
  header.u8(1, plan_.is_write ? 0xa1 : 0xc1).u32(16, cmd_sn_ & 0xffffff).u32(20, plan_.block_bytes).u32(24, cmd_sn_);
  header.u32(28, exp_stat_sn_).u8(32, plan_.is_write ? 0x8a : 0x88).u64(34, lba).u32(42, plan_.block_bytes / 512);
  append_pdu(out_, header, payload_, {});
  ++cmd_sn_;
  ++under_way_;
}

void Load::take_answers() {
  laneway::fake::PduView pdu;
  while (line_.next(pdu)) {
    const bool has_status = pdu.op() == Op::response || (pdu.op() == Op::data_in && (pdu.u8(1) & 1) != 0);
    if (!has_status) continue;
    if (pdu.u8(3) == 0x02 && done_ == 0) continue;
    if (pdu.u8(3) != 0) die("a command failed");
    exp_stat_sn_ = pdu.u32(24) + 1;
    --under_way_;
    ++done_;
  }
}

void Load::run() {
  laneway::MonotonicClock clock;
  const uint64_t start_ns = clock.now_ns();
  uint64_t now_ns = start_ns;
  while (now_ns - start_ns < plan_.seconds * laneway::kSecond) {
    out_.clear();
    while (under_way_ < plan_.depth) add_request();
    line_.send_all(out_);
    const uint64_t before = done_;
    while (done_ == before) {
      line_.more();
      take_answers();
    }
    now_ns = clock.now_ns();
  }
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const double cpu = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                     static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  const double seconds = static_cast<double>(now_ns - start_ns) / 1e9;
  const auto done = static_cast<double>(done_);
  std::printf("%.0f IOPS, own CPU %.2f s per million\n", done / seconds, cpu * 1e6 / done);
}

bool set_option(Plan& plan, std::string_view option, const char* value) {
  const uint64_t number = value == nullptr ? 0 : std::strtoull(value, nullptr, 0);
  if (value == nullptr || (number == 0 && option != "--iqn")) return false;
  if (option == "--depth")
    plan.depth = static_cast<uint32_t>(number);
  else if (option == "--block")
    plan.block_bytes = static_cast<uint32_t>(number);
  else if (option == "--span")
    plan.span_bytes = number;
  else if (option == "--seconds")
    plan.seconds = number;
  else if (option == "--iqn")
    plan.target = value;
  else
    return false;
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  Plan plan;
  if (argc < 2) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  plan.port = static_cast<uint16_t>(std::strtoul(argv[1], nullptr, 0));
  for (int i = 2; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--write") {
      plan.is_write = true;
    } else if (option == "--poll") {
      plan.is_polling = true;
    } else if (!set_option(plan, option, i + 1 < argc ? argv[++i] : nullptr)) {
      std::fputs(kUsage, stderr);
      return 2;
    }
  }
  Line line(plan);
  log_in(line, plan);
  Load(line, plan).run();
  return 0;
}
