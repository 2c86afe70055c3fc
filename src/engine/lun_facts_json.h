#pragma once
// The JSON form of LunFacts, in the state file and in the answers of target.login and target.show. Free functions. Any
// thread.

#include "backend/lun_facts.h"
#include "rpc/json.h"

namespace laneway {

Json encode_lun_facts(const LunFacts& facts);
Result<LunFacts> decode_lun_facts(const Json& object, const std::string& subject);

}  // namespace laneway
