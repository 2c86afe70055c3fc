#include "engine/lun_facts_json.h"

#include <bit>

#include "rpc/fields.h"

namespace laneway {

namespace {

constexpr NumberRange kBytes32{0, UINT32_MAX};

uint32_t number32(FieldReader& fields, std::string_view key, uint32_t fallback) {
  return static_cast<uint32_t>(fields.number_or(key, kBytes32, fallback));
}

void read_limits(FieldReader& fields, LunLimits& limits) {
  limits.block_bytes = static_cast<uint32_t>(fields.number("block_bytes", {512, 65536}));
  if (!std::has_single_bit(limits.block_bytes)) fields.refuse("block_bytes", "is no power of two; restore it");
  limits.capacity_bytes = fields.number("capacity_bytes", {});
  limits.transfer_max_bytes = fields.number_or("transfer_max_bytes", {}, 0);
  limits.unmap_max_bytes = fields.number_or("unmap_max_bytes", {}, 0);
  limits.write_same_max_bytes = fields.number_or("write_same_max_bytes", {}, 0);
  limits.has_volatile_cache = fields.flag_or("volatile_cache", true);
  limits.is_cache_known = fields.flag_or("cache_known", true);
  limits.has_fua = fields.flag_or("fua", false);
  limits.has_unmap = fields.flag_or("unmap", false);
  limits.has_write_same = fields.flag_or("write_same", false);
  limits.has_write_same_unmap = fields.flag_or("write_same_unmap", false);
  limits.reads_zero_when_unmapped = fields.flag_or("reads_zero_when_unmapped", false);
}

}  // namespace

Json encode_lun_facts(const LunFacts& facts) {
  const LunLimits& limits = facts.limits;
  return {{"lun", facts.lun},
          {"identity", facts.identity},
          {"vendor", facts.vendor},
          {"product", facts.product},
          {"serial", facts.serial},
          {"physical_block_bytes", facts.physical_block_bytes},
          {"optimal_io_bytes", facts.optimal_io_bytes},
          {"unmap_granularity_bytes", facts.unmap_granularity_bytes},
          {"write_protected", facts.is_write_protected},
          {"block_bytes", limits.block_bytes},
          {"capacity_bytes", limits.capacity_bytes},
          {"transfer_max_bytes", limits.transfer_max_bytes},
          {"unmap_max_bytes", limits.unmap_max_bytes},
          {"write_same_max_bytes", limits.write_same_max_bytes},
          {"volatile_cache", limits.has_volatile_cache},
          {"cache_known", limits.is_cache_known},
          {"fua", limits.has_fua},
          {"unmap", limits.has_unmap},
          {"write_same", limits.has_write_same},
          {"write_same_unmap", limits.has_write_same_unmap},
          {"reads_zero_when_unmapped", limits.reads_zero_when_unmapped}};
}

Result<LunFacts> decode_lun_facts(const Json& object, const std::string& subject) {
  FieldReader fields(object, subject);
  LunFacts facts;
  facts.lun = number32(fields, "lun", 0);
  facts.identity = fields.text_or("identity", "");
  facts.vendor = fields.text_or("vendor", "");
  facts.product = fields.text_or("product", "");
  facts.serial = fields.text_or("serial", "");
  facts.physical_block_bytes = number32(fields, "physical_block_bytes", 512);
  facts.optimal_io_bytes = number32(fields, "optimal_io_bytes", 0);
  facts.unmap_granularity_bytes = number32(fields, "unmap_granularity_bytes", 0);
  facts.is_write_protected = fields.flag_or("write_protected", false);
  read_limits(fields, facts.limits);
  if (Result<void> read = fields.finish(); !read) return pass_on(read);
  return facts;
}

}  // namespace laneway
