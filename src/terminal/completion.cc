#include "terminal/completion.h"

#include "terminal/option_kinds.h"

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
  if (kind == kFilePath) return {{kAnyFile, ""}};
  if (kind.find('|') != std::string::npos) return words_only(CLI::detail::split(kind, '|'));
  return words_only(names.names_of(kind));
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

void print_candidates(CLI::App& root, std::vector<std::string> words, NameSource& names, std::ostream& out) {
  if (!words.empty() && words.front() == kComplete) words.erase(words.begin());
  for (const Candidate& each : complete(root, words, names)) out << each.word << '\t' << each.description << '\n';
}

namespace {

// @P: the program, @W: the same as a word.
constexpr const char* kBash = R"(# bash completion of @P; source it, or: @P completion bash > /etc/bash_completion.d/@P
_@W() {
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
complete -F _@W @P
)";

constexpr const char* kZsh = R"(#compdef @P
# zsh completion of @P; @P completion zsh > a directory of $fpath, as _@W
_@W() {
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
  _describe -t values @P found
}
if [ "$funcstack[1]" = "_@W" ]; then _@W "$@"; else compdef _@W @P; fi
)";

constexpr const char* kFish = R"(# fish completion of @P; @P completion fish > ~/.config/fish/completions/@P.fish
function __@W_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l found (command $words[1] __complete $words[2..-1] 2>/dev/null)
    if string match -q ":file*" -- $found
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $found
    end
end
complete -c @P -f -a '(__@W_complete)'
)";

}  // namespace

std::string completion_script(const std::string& shell, const std::string& program) {
  const std::string script = shell == "bash" ? kBash : shell == "zsh" ? kZsh : kFish;
  // Names of shell functions have no dash.
  std::string word = program;
  std::replace(word.begin(), word.end(), '-', '_');
  std::string out;
  for (size_t at = 0, next = 0; at < script.size(); at = next) {
    const size_t mark = script.find('@', at);
    next = mark == std::string::npos ? script.size() : mark + 2;
    out += script.substr(at, mark == std::string::npos ? mark : mark - at);
    if (mark == std::string::npos) break;
    const char what = script[mark + 1];
    out += what == 'P' ? program : what == 'W' ? word : script.substr(mark, 2);
  }
  return out;
}

}  // namespace laneway
