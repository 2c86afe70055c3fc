#include "terminal/chap_options.h"

#include "terminal/option_kinds.h"
#include "terminal/secret.h"

namespace laneway {

ChapOptions::ChapOptions(CLI::App& app, bool is_mutual) {
  CLI::Option* user = app.add_option("--chap-user", user_, "Name to log in with (CHAP)");
  CLI::Option* file = app.add_option("--chap-secret-file", secret_file_, "File whose first line is the secret")
                          ->type_name(kFilePath)
                          ->needs(user);
  app.add_flag("--chap-prompt", is_prompt_wanted_, "Ask for the secret on the terminal")->needs(user)->excludes(file);
  if (!is_mutual) return;
  CLI::Option* mutual_user =
      app.add_option("--mutual-user", mutual_user_, "Name under which the target must prove itself")->needs(user);
  app.add_option("--mutual-secret-file", mutual_secret_file_, "File whose first line is the target's secret")
      ->type_name(kFilePath)
      ->needs(mutual_user);
}

Result<std::string> ChapOptions::initiator_secret(std::ostream& err) const {
  if (is_prompt_wanted_) return prompt_for_secret("CHAP secret for " + user_ + ": ");
  if (!secret_file_.empty()) return read_secret_file(secret_file_, err);
  return fail(ErrorCode::invalid_argument, "--chap-user needs a secret; give --chap-secret-file or --chap-prompt.");
}

Result<void> ChapOptions::put_into(Json& params, std::ostream& err) const {
  if (user_.empty()) return {};
  Result<std::string> secret = initiator_secret(err);
  if (!secret) return pass_on(secret);
  params["chap"] = {{"user", user_}, {"secret", *secret}};
  if (mutual_user_.empty()) return {};
  if (mutual_secret_file_.empty()) {
    return fail(ErrorCode::invalid_argument, "--mutual-user needs a secret; give --mutual-secret-file.");
  }
  Result<std::string> mutual_secret = read_secret_file(mutual_secret_file_, err);
  if (!mutual_secret) return pass_on(mutual_secret);
  params["mutual_chap"] = {{"user", mutual_user_}, {"secret", *mutual_secret}};
  return {};
}

}  // namespace laneway
