#pragma once
// Makes messages of lower layers ("portal x: ...; check the name") into sentences for operators, keeping their words.
// Free functions. Any thread.

#include <string>
#include <string_view>
#include <utility>

namespace laneway {

// True where the first word is an ordinary one and not a path, a number or a name in quotes.
inline bool begins_with_word(const std::string& text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return text.size() > 1 && is_letter(text[0]) && text[1] >= 'a' && text[1] <= 'z' &&
         text.find(' ') < text.find_first_of(".:/'\"-");
}

// To stand after a colon: a small letter first, a full stop last.
inline std::string clause(std::string text) {
  if (begins_with_word(text) && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  if (!text.empty() && text.back() != '.') text += '.';
  return text;
}

// To stand alone: a capital letter first, a full stop last.
inline std::string sentence(std::string text) {
  if (begins_with_word(text) && text[0] >= 'a') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  if (!text.empty() && text.back() != '.') text += '.';
  return text;
}

// What to do, where the lower layer only said what is wrong.
inline std::string with_remedy(std::string text, std::string_view remedy) {
  if (text.find(';') != std::string::npos) return text;
  if (!text.empty() && text.back() == '.') text.pop_back();
  return text.append("; ").append(remedy);
}

}  // namespace laneway
