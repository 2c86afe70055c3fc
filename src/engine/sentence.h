#pragma once
// Makes messages of lower layers ("portal x: ...; check the name") into sentences for operators, keeping their words.
// Free functions. Any thread.

#include <string>
#include <utility>

namespace laneway {

// With a full stop, to stand after a colon.
inline std::string clause(std::string text) {
  if (!text.empty() && text.back() != '.') text += '.';
  return text;
}

// And with a capital letter, unless the first word is a name.
inline std::string sentence(std::string text) {
  const bool is_word = text.find_first_of(" ") < text.find_first_of(".:/'\"");
  if (is_word && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  return clause(std::move(text));
}

}  // namespace laneway
