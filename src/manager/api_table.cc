#include "manager/api_handlers.h"

namespace laneway {

namespace {

constexpr ApiEntry kEntries[] = {
    {"listTargets", Kind::target, &list_resources},
    {"getTarget", Kind::target, &get_resource},
    {"createTarget", Kind::target, &create_resource},
    {"putTarget", Kind::target, &put_resource},
    {"patchTarget", Kind::target, &patch_resource},
    {"deleteTarget", Kind::target, &delete_resource},
    {"listVolumes", Kind::volume, &list_resources},
    {"getVolume", Kind::volume, &get_resource},
    {"createVolume", Kind::volume, &create_resource},
    {"putVolume", Kind::volume, &put_resource},
    {"patchVolume", Kind::volume, &patch_resource},
    {"deleteVolume", Kind::volume, &delete_resource},
    {"listFunctions", Kind::function, &list_resources},
    {"getFunction", Kind::function, &get_resource},
    {"createFunction", Kind::function, &create_resource},
    {"putFunction", Kind::function, &put_resource},
    {"patchFunction", Kind::function, &patch_resource},
    {"deleteFunction", Kind::function, &delete_resource},
    {"listPolicies", Kind::policy, &list_resources},
    {"getPolicy", Kind::policy, &get_resource},
    {"createPolicy", Kind::policy, &create_resource},
    {"putPolicy", Kind::policy, &put_resource},
    {"patchPolicy", Kind::policy, &patch_resource},
    {"deletePolicy", Kind::policy, &delete_resource},
    {"listUsers", Kind::user, &list_resources},
    {"getUser", Kind::user, &get_resource},
    {"createUser", Kind::user, &create_resource},
    {"putUser", Kind::user, &put_resource},
    {"patchUser", Kind::user, &patch_resource},
    {"deleteUser", Kind::user, &delete_resource},
    {"listTokens", Kind::token, &list_resources},
    {"getToken", Kind::token, &get_resource},
    {"createToken", Kind::token, &create_token},
    {"deleteToken", Kind::token, &delete_resource},
    {"listHosts", Kind::host, &list_resources},
    {"getHost", Kind::host, &get_resource},
    {"listAdapters", Kind::adapter, &list_resources},
    {"getAdapter", Kind::adapter, &get_resource},
    {"listMachines", Kind::machine, &list_resources},
    {"getMachine", Kind::machine, &get_resource},
    {"listImages", Kind::volume, &list_host_images},
    {"importImage", Kind::volume, &import_image},
    {"createMachine", Kind::machine, &create_machine},
    {"deleteMachine", Kind::machine, &delete_machine},
    {"patchMachine", Kind::machine, &patch_machine},
    {"powerMachine", Kind::machine, &power_machine},
    {"openSerial", Kind::machine, &open_serial},
    {"openScreen", Kind::machine, &open_screen},
    {"attachFunction", Kind::machine, &attach_function},
    {"detachFunction", Kind::machine, &detach_function},
    {"scanTarget", Kind::target, &scan_target},
    {"discoverTargets", Kind::target, &discover_targets},
    {"getFunctionStats", Kind::function, &ask_about_function},
    {"explainFunction", Kind::function, &ask_about_function},
    {"measureFunction", Kind::function, &ask_about_function},
    {"moveFunction", Kind::function, &ask_about_function},
    {"releaseFunction", Kind::function, &ask_about_function},
    {"listFunctionPaths", Kind::function, &ask_about_function},
    {"failPath", Kind::function, &ask_about_function},
    {"retryPath", Kind::function, &ask_about_function},
    {"listFunctionStats", Kind::function, &list_function_stats},
    {"listAllFunctionStats", Kind::function, &ask_about_engine},
    {"getEngine", Kind::host, &ask_about_engine},
    {"upgradeEngine", Kind::host, &ask_about_engine},
    {"listReactors", Kind::host, &ask_about_engine},
    {"addReactor", Kind::host, &ask_about_engine},
    {"removeReactor", Kind::host, &ask_about_engine},
    {"listTasks", Kind::host, &list_tasks},
    {"getTask", Kind::host, &get_task},
    {"cancelTask", Kind::host, &cancel_task},
    {"listEvents", Kind::host, &list_events},
    {"listAudit", Kind::host, &list_audit},
    {"watch", Kind::host, &watch_news},
    {"getMetrics", Kind::host, &get_metrics},
    {"getOpenapi", Kind::host, &get_openapi},
    {"setPassword", Kind::user, &set_password},
    {"logIn", Kind::user, &log_in},
    {"getSession", Kind::user, &get_session},
    {"logOut", Kind::user, &log_out},
};

}  // namespace

const ApiEntry* find_handler(std::string_view operation) {
  for (const ApiEntry& entry : kEntries) {
    if (entry.operation == operation) return &entry;
  }
  return nullptr;
}

}  // namespace laneway
