#include "cli/completion.h"

#include "cli/commands.h"

namespace laneway {

namespace {

const auto kAll = [](const CLI::App*) { return true; };

// Options of an app and of its option groups, which are subcommands without a name.
void collect_options(CLI::App& app, std::vector<CLI::Option*>& options) {
  for (CLI::Option* option : app.get_options()) options.push_back(option);
  for (CLI::App* group : app.get_subcommands(kAll)) {
    if (group->get_name().empty()) collect_options(*group, options);
  }
}

// Also the options of the parents: they may come after a subcommand.
std::vector<CLI::Option*> options_at(CLI::App& app) {
  std::vector<CLI::Option*> options;
  collect_options(app, options);
  for (CLI::App* parent = app.get_parent(); parent != nullptr; parent = parent->get_parent()) {
    for (CLI::Option* option : parent->get_options()) options.push_back(option);
  }
  return options;
}

std::vector<std::string> spellings(const CLI::Option& option) {
  std::vector<std::string> all;
  for (const std::string& name : option.get_lnames()) all.push_back("--" + name);
  for (const std::string& name : option.get_snames()) all.push_back("-" + name);
  return all;
}

CLI::Option* find_option(CLI::App& app, const std::string& word) {
  for (CLI::Option* option : options_at(app)) {
    for (const std::string& spelling : spellings(*option)) {
      if (spelling == word) return option;
    }
  }
  return nullptr;
}

CLI::Option* positional_at(CLI::App& app, size_t index) {
  std::vector<CLI::Option*> options;
  collect_options(app, options);
  for (CLI::Option* option : options) {
    if (!option->get_positional()) continue;
    if (index-- == 0) return option;
  }
  return nullptr;
}

std::vector<Candidate> words_only(const std::vector<std::string>& words) {
  std::vector<Candidate> candidates;
  candidates.reserve(words.size());
  for (const std::string& word : words) candidates.push_back({word, ""});
  return candidates;
}

std::vector<Candidate> values_of(const CLI::Option& option, NameSource& names) {
  const std::string kind = option.get_type_name();
  if (kind == kFunctionName) return words_only(names.function_names());
  if (kind == kTargetName) return words_only(names.target_names());
  if (kind == kGroupName) return words_only(names.group_names());
  if (kind == kFilePath) return {{kAnyFile, ""}};
  if (kind.find('|') != std::string::npos) return words_only(CLI::detail::split(kind, '|'));
  return {};
}

CLI::App* find_subcommand(CLI::App& app, const std::string& name) {
  for (CLI::App* each : app.get_subcommands(kAll)) {
    if (!name.empty() && each->get_name() == name) return each;
  }
  return nullptr;
}

std::vector<Candidate> subcommands_of(CLI::App& app) {
  std::vector<Candidate> candidates;
  for (const CLI::App* each : app.get_subcommands(kAll)) {
    if (!each->get_name().empty()) candidates.push_back({each->get_name(), each->get_description()});
  }
  return candidates;
}

std::vector<Candidate> option_candidates(CLI::App& app) {
  std::vector<Candidate> candidates;
  for (const CLI::Option* option : options_at(app)) {
    const std::vector<std::string> all = spellings(*option);
    if (!all.empty()) candidates.push_back({all.front(), option->get_description()});
  }
  return candidates;
}

bool is_same_start(const std::string& word, const std::string& start) {
  return word.compare(0, start.size(), start) == 0;
}

std::vector<Candidate> that_begin_with(const std::string& start, std::vector<Candidate> candidates) {
  std::erase_if(candidates,
                [&](const Candidate& each) { return each.word != kAnyFile && !is_same_start(each.word, start); });
  return candidates;
}

}  // namespace

std::vector<Candidate> complete(CLI::App& root, const std::vector<std::string>& words, NameSource& names) {
  if (words.empty()) return subcommands_of(root);
  CLI::App* app = &root;
  const CLI::Option* waiting = nullptr;  // an option whose value comes next
  size_t positionals = 0;
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (waiting != nullptr) {
      waiting = nullptr;
      continue;
    }
    if (const CLI::Option* option = find_option(*app, words[i])) {
      waiting = option->get_items_expected_max() > 0 ? option : nullptr;
      continue;
    }
    CLI::App* next = find_subcommand(*app, words[i]);
    if (next != nullptr) app = next;
    if (next == nullptr && words[i].rfind('-', 0) != 0) ++positionals;
  }
  const std::string& current = words.back();
  if (waiting != nullptr) return that_begin_with(current, values_of(*waiting, names));
  if (current.rfind('-', 0) == 0) return that_begin_with(current, option_candidates(*app));
  if (const CLI::Option* positional = positional_at(*app, positionals)) {
    return that_begin_with(current, values_of(*positional, names));
  }
  return that_begin_with(current, subcommands_of(*app));
}

std::string completion_script(const std::string& shell) {
  if (shell == "bash") {
    return R"(# bash completion of laneway; source it, or: laneway completion bash > /etc/bash_completion.d/laneway
_laneway() {
  local line word
  COMPREPLY=()
  while IFS= read -r line; do
    word=${line%%$'\t'*}
    if [ "$word" = ":file" ]; then
      compopt -o filenames 2>/dev/null
      COMPREPLY=($(compgen -f -- "${COMP_WORDS[COMP_CWORD]}"))
      return
    fi
    COMPREPLY+=("$word")
  done < <("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _laneway laneway
)";
  }
  if (shell == "zsh") {
    return R"(#compdef laneway
# zsh completion of laneway; laneway completion zsh > a directory of $fpath, as _laneway
_laneway() {
  local line
  local -a found
  for line in "${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -z $line ]] && continue
    if [[ ${line%%$'\t'*} == ":file" ]]; then
      _files
      return
    fi
    found+=("${line%%$'\t'*}:${line#*$'\t'}")
  done
  _describe -t values laneway found
}
if [ "$funcstack[1]" = "_laneway" ]; then _laneway "$@"; else compdef _laneway laneway; fi
)";
  }
  return R"(# fish completion of laneway; laneway completion fish > ~/.config/fish/completions/laneway.fish
function __laneway_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found (command $words[1] __complete $words[2..-1] 2>/dev/null)
    if string match -q ":file*" -- $found
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $found
    end
end
complete -c laneway -f -a '(__laneway_complete)'
)";
}

}  // namespace laneway
