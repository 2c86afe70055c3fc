#pragma once
// The keys of the items that an engine keeps with its keeper (decision 60). A later engine finds them by these, so they
// are part of what versions agree on. Plain functions; any thread.

#include <string>
#include <string_view>

namespace laneway {

constexpr const char* kKeptMarkKey = "mark";                                          // link_mark.h
constexpr const char* kKeptRpcKey = "rpc";                                            // its listening socket
inline std::string kept_device_key(const std::string& name) { return "vf/" + name; }  // an attached device
inline std::string kept_listener_key(const std::string& name) { return "listener/" + name; }
inline std::string kept_disk_key(const std::string& name) { return "disk/" + name; }  // a memory disk's file

// The function that an item belongs to; empty where it is none's.
inline std::string function_of_key(std::string_view key) {
  for (const std::string& prefix : {kept_device_key(""), kept_listener_key(""), kept_disk_key("")}) {
    if (key.starts_with(prefix)) return std::string(key.substr(prefix.size()));
  }
  return {};
}

}  // namespace laneway
