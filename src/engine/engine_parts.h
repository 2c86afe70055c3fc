#pragma once
// EngineParts makes functions of the real parts: the back-ends of backend/, the vhost-user-blk front-end on the
// least-loaded reactors. The only place that names their concrete types. Owned by the engine; control threads, any
// number at once.

#include "engine/function_parts.h"
#include "engine/kept_things.h"
#include "engine/qos_table.h"
#include "engine/reactor_pool.h"
#include "engine/target_table.h"

namespace laneway {

class EngineParts final : public FunctionParts {
 public:
  // All outlive the parts and everything made by them.
  struct Sources {
    ReactorPool& reactors;
    TargetTable& targets;
    QosTable& qos;
    KeptThings& kept;
  };
  EngineParts(const Sources& sources, const TraceOptions& trace)
      : reactors_(sources.reactors), targets_(sources.targets), qos_(sources.qos), kept_(sources.kept), trace_(trace) {}

  Result<OpenDisk> open_disk(FunctionSpec& spec, DiskOpening opening) override;
  void note_changes(FunctionSpec& spec, BlockDevice& disk) override;
  Result<std::unique_ptr<FrontEnd>> open_front_end(const FunctionSpec& spec, BlockDevice& disk,
                                                   FrontEndSeed seed) override;

 private:
  Result<OpenDisk> open_memory(const FunctionSpec& spec, DiskOpening opening);
  Result<OpenDisk> open_iscsi(FunctionSpec& spec, DiskOpening opening);

  // Fixed after construction
  ReactorPool& reactors_;
  TargetTable& targets_;
  QosTable& qos_;
  KeptThings& kept_;
  const TraceOptions trace_;
};

}  // namespace laneway
