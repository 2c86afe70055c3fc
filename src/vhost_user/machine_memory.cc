// Messages about the guest's memory. A region goes away only when no request uses it: all rings drain first.
#include "vhost_user/machine.h"

namespace laneway {

bool VhostUserMachine::hold_all_rings() {
  bool is_idle = true;
  for (uint32_t ring = 0; ring < queues_; ++ring) is_idle &= device_.hold_ring(ring);
  return is_idle;
}

Result<VhostUserMachine::Step> VhostUserMachine::set_mem_table() {
  MemoryTableWire table;
  const ByteView bytes = payload();
  if (!copy_out(bytes, 0, table) || table.regions > kMemoryTableRegionsMax ||
      bytes.size() < sizeof(table) + uint64_t{table.regions} * sizeof(MemoryRegionWire)) {
    return fail(ErrorCode::protocol, "SET_MEM_TABLE with {} bytes for {} regions", bytes.size(), table.regions);
  }
  if (record_.input_descriptors.size() != table.regions) {
    return fail(ErrorCode::protocol, "SET_MEM_TABLE with {} descriptors for {} regions",
                record_.input_descriptors.size(), table.regions);
  }
  if (!hold_all_rings()) return Step::wait;
  GuestMemory memory;
  for (uint32_t i = 0; i < table.regions; ++i) {
    MemoryRegionWire wire;
    LW_ASSERT(copy_out(bytes, sizeof(table) + i * sizeof(wire), wire));
    if (auto added = memory.add(decode_region(wire), std::move(record_.input_descriptors[i])); !added) {
      return pass_on(added);
    }
  }
  memory_ = std::move(memory);
  device_.release_rings(true);
  start_all_ready();
  return Step::done;
}

Result<VhostUserMachine::Step> VhostUserMachine::add_mem_reg() {
  const auto wire = payload_as<SingleRegionWire>();
  if (!wire) return tl::unexpected<Error>(wire.error());
  if (!device_.may_add_memory()) return Step::wait;
  auto fd = take_descriptor();
  if (!fd) return pass_on(fd);
  if (auto added = memory_.add(decode_region(wire->region), std::move(*fd)); !added) return pass_on(added);
  device_.release_rings(true);
  start_all_ready();
  return Step::done;
}

Result<VhostUserMachine::Step> VhostUserMachine::rem_mem_reg() {
  const auto wire = payload_as<SingleRegionWire>();
  if (!wire) return tl::unexpected<Error>(wire.error());
  if (!hold_all_rings()) return Step::wait;
  auto removed = memory_.remove(decode_region(wire->region));
  device_.release_rings(true);
  if (!removed) return pass_on(removed);
  return Step::done;
}

}  // namespace laneway
