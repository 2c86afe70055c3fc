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
  // Messages go in pieces of that many bytes from now on, their descriptors with the first.
  void send_in_pieces(size_t bytes) { piece_bytes_ = bytes; }
  // Reads what is there; nothing where no whole answer has come.
  std::optional<FakeMessage> receive();
  // True once the other side has closed; receive() notices.
  bool is_at_end() const { return is_at_end_; }

 private:
  void send_piece(ByteView bytes, const std::vector<UniqueFd>& descriptors);

  size_t piece_bytes_ = SIZE_MAX;
  UniqueFd fd_;
  FakeFrontend answers_;
  bool is_at_end_ = false;
};

}  // namespace laneway
