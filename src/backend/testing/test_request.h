#pragma once
// TestRequest is one BlockRequest with its own memory, cut into segments as a test wants, that checks that it finishes
// exactly once and never inside submit(). Memory has guard bytes around every segment. One thread.

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <vector>

#include "backend/testing/test_bench.h"
#include "block/block.h"
#include "block/block_trace.h"

namespace laneway {

class TestRequest final : public BlockRequestOwner {
 public:
  // Reads and writes of the given segments lengths; `misalignment_bytes` shifts every segment off a page boundary.
  static std::unique_ptr<TestRequest> transfer(BlockOp op, uint64_t offset_bytes, const std::vector<size_t>& lengths,
                                               size_t misalignment_bytes = 0);
  static std::unique_ptr<TestRequest> range(BlockOp op, uint64_t offset_bytes, uint64_t length_bytes);
  TestRequest() = default;

  void finish(BlockRequest& finished, Status status) override;

  // The segments' bytes one after another.
  void fill(const std::vector<uint8_t>& bytes);
  std::vector<uint8_t> bytes() const;
  bool are_guards_intact() const;

  bool is_finished() const { return finish_count == 1; }

  BlockRequest request;
  Status status = Status::aborted;
  uint32_t finish_count = 0;
  bool is_submitting = false;
  bool was_finished_inside_submit = false;
  // Where its queue is asked where its time went.
  const BlockQueue* asked = nullptr;
  std::optional<BlockTrace> trace;
  uint64_t finish_order = 0;  // 1 for the first request of the process that finished, and so on

 private:
  static constexpr size_t kGuardBytes = 16;
  std::vector<uint8_t> memory_;
  uint8_t* first_page_ = nullptr;
  size_t memory_bytes_ = 0;
  std::vector<iovec> segments_;
};

// Submits requests in one batch.
void submit(BlockQueue& queue, const std::vector<TestRequest*>& requests);
// Submits and waits; the status of the request. Fails the test where it did not finish exactly once.
Status perform(TestBench& bench, BlockQueue& queue, TestRequest& request);

Status write_bytes(TestBench& bench, BlockQueue& queue, uint64_t offset_bytes, const std::vector<uint8_t>& bytes);
// The bytes read, or nothing where the read failed.
std::vector<uint8_t> read_bytes(TestBench& bench, BlockQueue& queue, uint64_t offset_bytes, size_t length_bytes);
Status flush(TestBench& bench, BlockQueue& queue);

// Bytes that differ from place to place and from seed to seed.
std::vector<uint8_t> pattern(uint64_t seed, size_t length_bytes);

}  // namespace laneway
