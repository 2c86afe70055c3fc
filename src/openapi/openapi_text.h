#pragma once
// api/openapi.yaml as JSON, in a source file that the build makes (tools/openapi_embed.py): lanewayd answers by it, the
// command line makes options of it. A constant. Any thread.

#include <string_view>

namespace laneway {

std::string_view openapi_text();

}  // namespace laneway
