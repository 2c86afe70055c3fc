#pragma once
// FakeSocket carries a FakeFrontend's messages over a real Unix socket, without ever blocking. For unit tests of whole
// functions. One thread.

#include <optional>
#include <string>
#include <vector>

#include "vhost_user/testing/fake_frontend.h"

namespace laneway {

class FakeSocket {
 public:
  explicit FakeSocket(UniqueFd fd) : fd_(std::move(fd)) {}
  // Asserts that somebody listens there.
  static FakeSocket connect(const std::string& path);

  int fd() const { return fd_.get(); }
  void close() { fd_.reset(); }
  void send(FakeMessage message);
  // Reads what is there; nothing where no whole answer has come.
  std::optional<FakeMessage> receive();
  // True once the other side has closed; receive() notices.
  bool is_at_end() const { return is_at_end_; }

 private:
  UniqueFd fd_;
  FakeFrontend answers_;
  bool is_at_end_ = false;
};

}  // namespace laneway
