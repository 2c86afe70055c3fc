// Domain XML, which whoever defines machines writes: what is read stays within its bounds, and what was changed is read
// as it was meant.
#include "base/bytes.h"
#include "base/check.h"
#include "hypervisor/domain_xml.h"

using namespace laneway;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = text_of(ByteView(data, size));
  const Result<MachineForm> form = read_domain(text);
  if (!form) return 0;
  LW_ASSERT(form->disks.size() <= kDomainDisksMax);
  DefinitionChange change;
  change.cpus = 3;
  change.memory_bytes = uint64_t{1} << 30;
  const Result<std::string> changed = changed_domain(text, change);
  LW_ASSERT(changed.has_value());
  const Result<MachineForm> again = read_domain(*changed);
  // Only where the text was whole is it written whole.
  if (!again) return 0;
  LW_ASSERT(again->cpus == 3 && again->memory_bytes == uint64_t{1} << 30);
  return 0;
}
