#include "iscsi/send_queue.h"

#include <gtest/gtest.h>

#include <string>

namespace laneway::iscsi {
namespace {

void add_text(SendQueue& queue, std::string_view text) {
  const ByteView bytes = bytes_of_text(text);
  std::copy(bytes.begin(), bytes.end(), queue.add_storage(bytes.size()).begin());
}

void add_piece(SendQueue& queue, std::string& text) {
  queue.free_pieces()[0] = {text.data(), text.size()};
  queue.commit_pieces(1, text.size());
}

std::string content(const SendQueue& queue, size_t pieces_max = 16) {
  std::vector<iovec> pieces(pieces_max);
  std::string text;
  const size_t count = queue.gather(pieces);
  for (size_t i = 0; i < count; ++i) text.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
  return text;
}

TEST(SendQueue, KeepsTheOrderOfItsPieces) {
  SendQueue queue(64);
  std::string payload = "PAYLOAD";
  EXPECT_TRUE(queue.empty());
  add_text(queue, "head");
  add_piece(queue, payload);
  add_text(queue, "tail");
  EXPECT_EQ(content(queue), "headPAYLOADtail");
  EXPECT_EQ(content(queue, 2), "headPAYLOAD");
  EXPECT_EQ(queue.end_position(), 15u);
}

TEST(SendQueue, JoinsWhatFollowsInItsStorage) {
  SendQueue queue(64);
  add_text(queue, "one");
  add_text(queue, "two");
  std::vector<iovec> pieces(4);
  EXPECT_EQ(queue.gather(pieces), 1u);
  EXPECT_EQ(content(queue), "onetwo");
}

TEST(SendQueue, IsSentInAnyPortions) {
  for (size_t portion = 1; portion < 16; ++portion) {
    SendQueue queue(64);
    std::string payload = "PAYLOAD";
    add_text(queue, "head");
    add_piece(queue, payload);
    add_text(queue, "tail");
    std::string sent;
    while (!queue.empty()) {
      const std::string all = content(queue);
      const std::string part = all.substr(0, portion);
      sent += part;
      queue.sent(part.size());
      EXPECT_EQ(queue.sent_position(), sent.size());
    }
    EXPECT_EQ(sent, "headPAYLOADtail");
  }
}

TEST(SendQueue, NeverWritesWhatMayStillBeRead) {
  SendQueue queue(8);
  add_text(queue, "abcd");
  queue.sent(3);
  EXPECT_TRUE(queue.has_room(1, 4));
  add_text(queue, "efgh");
  EXPECT_FALSE(queue.has_room(1, 1));
  EXPECT_EQ(content(queue), "defgh");
  queue.sent(5);
  EXPECT_TRUE(queue.has_room(SendQueue::kPiecesMax, 8));
}

TEST(SendQueue, IsBoundedInPiecesAndBytes) {
  SendQueue queue(64);
  std::string payload = "x";
  for (size_t i = 0; i < SendQueue::kPiecesMax; ++i) add_piece(queue, payload);
  EXPECT_FALSE(queue.has_room(1, 0));
  SendQueue heavy(64);
  std::string large(SendQueue::kQueuedBytesMax, 'x');
  EXPECT_TRUE(heavy.has_room(1, 1));
  add_piece(heavy, large);
  EXPECT_FALSE(heavy.has_room(1, 1));
  heavy.sent(1);
  EXPECT_TRUE(heavy.has_room(1, 1));
}

}  // namespace
}  // namespace laneway::iscsi
