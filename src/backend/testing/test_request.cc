#include "backend/testing/test_request.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "base/random.h"

namespace laneway {

namespace {

constexpr size_t kPageBytes = 4096;
constexpr uint8_t kGuard = 0xa5;

}  // namespace

std::unique_ptr<TestRequest> TestRequest::transfer(BlockOp op, uint64_t offset_bytes,
                                                   const std::vector<size_t>& lengths, size_t misalignment_bytes) {
  auto made = std::make_unique<TestRequest>();
  size_t total = kPageBytes;
  for (const size_t length : lengths) total += (length + misalignment_bytes + 2 * kPageBytes) / kPageBytes * kPageBytes;
  made->memory_.assign(total + kPageBytes, kGuard);
  void* start = made->memory_.data();
  size_t room = made->memory_.size();
  made->first_page_ = static_cast<uint8_t*>(std::align(kPageBytes, total, start, room));
  made->memory_bytes_ = total;
  uint8_t* at = made->first_page_;
  uint64_t sum = 0;
  for (const size_t length : lengths) {
    made->segments_.push_back({at + misalignment_bytes, length});
    at += (length + misalignment_bytes + 2 * kPageBytes) / kPageBytes * kPageBytes;
    sum += length;
  }
  made->request.op = op;
  made->request.offset_bytes = offset_bytes;
  made->request.length_bytes = sum;
  made->request.segments = made->segments_;
  made->request.owner = made.get();
  return made;
}

std::unique_ptr<TestRequest> TestRequest::range(BlockOp op, uint64_t offset_bytes, uint64_t length_bytes) {
  auto made = std::make_unique<TestRequest>();
  made->request.op = op;
  made->request.offset_bytes = offset_bytes;
  made->request.length_bytes = length_bytes;
  made->request.owner = made.get();
  return made;
}

void TestRequest::finish(BlockRequest& finished, Status final_status) {
  static uint64_t finished_in_all = 0;
  EXPECT_EQ(&finished, &request);
  if (asked != nullptr && !asked->tell(trace.emplace())) trace.reset();
  status = final_status;
  ++finish_count;
  finish_order = ++finished_in_all;
  if (is_submitting) was_finished_inside_submit = true;
}

void TestRequest::fill(const std::vector<uint8_t>& bytes) {
  size_t done = 0;
  for (const iovec& segment : segments_) {
    std::memcpy(segment.iov_base, bytes.data() + done, segment.iov_len);
    done += segment.iov_len;
  }
}

std::vector<uint8_t> TestRequest::bytes() const {
  std::vector<uint8_t> all;
  for (const iovec& segment : segments_) {
    const auto* first = static_cast<const uint8_t*>(segment.iov_base);
    all.insert(all.end(), first, first + segment.iov_len);
  }
  return all;
}

bool TestRequest::are_guards_intact() const {
  const uint8_t* at = first_page_;
  const auto is_guard = [](const uint8_t* first, const uint8_t* end) {
    for (; first != end; ++first) {
      if (*first != kGuard) return false;
    }
    return true;
  };
  for (const iovec& segment : segments_) {
    const auto* first = static_cast<const uint8_t*>(segment.iov_base);
    if (!is_guard(at, first)) return false;
    at = first + segment.iov_len;
  }
  return is_guard(at, first_page_ + memory_bytes_);
}

void submit(BlockQueue& queue, const std::vector<TestRequest*>& requests) {
  std::vector<BlockRequest*> batch;
  for (TestRequest* request : requests) {
    request->is_submitting = true;
    batch.push_back(&request->request);
  }
  queue.submit(batch);
  for (TestRequest* request : requests) {
    request->is_submitting = false;
    EXPECT_FALSE(request->was_finished_inside_submit);
  }
}

Status perform(TestBench& bench, BlockQueue& queue, TestRequest& request) {
  submit(queue, {&request});
  EXPECT_TRUE(bench.turn_until([&request] { return request.finish_count > 0; })) << "the request never finished";
  EXPECT_EQ(request.finish_count, 1u);
  return request.status;
}

Status write_bytes(TestBench& bench, BlockQueue& queue, uint64_t offset_bytes, const std::vector<uint8_t>& bytes) {
  auto write = TestRequest::transfer(BlockOp::write, offset_bytes, {bytes.size()});
  write->fill(bytes);
  return perform(bench, queue, *write);
}

std::vector<uint8_t> read_bytes(TestBench& bench, BlockQueue& queue, uint64_t offset_bytes, size_t length_bytes) {
  auto read = TestRequest::transfer(BlockOp::read, offset_bytes, {length_bytes});
  const Status status = perform(bench, queue, *read);
  EXPECT_EQ(status, Status::ok) << status_name(status);
  return status == Status::ok ? read->bytes() : std::vector<uint8_t>{};
}

Status flush(TestBench& bench, BlockQueue& queue) {
  auto request = TestRequest::range(BlockOp::flush, 0, 0);
  return perform(bench, queue, *request);
}

std::vector<uint8_t> pattern(uint64_t seed, size_t length_bytes) {
  Random random(seed);
  std::vector<uint8_t> bytes(length_bytes);
  for (size_t i = 0; i < length_bytes; ++i) {
    if (i % 8 == 0) {
      const uint64_t word = random.next();
      std::memcpy(bytes.data() + i, &word, std::min<size_t>(8, length_bytes - i));
    }
  }
  return bytes;
}

}  // namespace laneway
