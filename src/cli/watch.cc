#include "cli/watch.h"

#include <poll.h>

#include <map>
#include <ostream>

#include "cli/document_view.h"

namespace laneway {

namespace {

constexpr uint64_t kSilenceMaxNs = 120 * kSecond;  // lanewayd sends a comment far more often
constexpr int kPauseMs = 500;
constexpr uint32_t kTriesMax = 120;

bool fits(const Json& document, const std::vector<std::string>& filters) {
  for (const std::string& filter : filters) {
    const size_t equals = filter.find('=');
    if (value_text(field_at(document, filter.substr(0, equals)), ValueStyle::text) != filter.substr(equals + 1)) {
      return false;
    }
  }
  return true;
}

// The rows that people see; a change that they do not see prints nothing.
class WatchedList {
 public:
  WatchedList(ApiSession& session, const Noun& noun, const std::vector<std::string>& filters)
      : session_(session), noun_(noun), filters_(filters) {}

  Result<void> show_all() {
    Result<Json> items = session_.list(std::string("/") + noun_.plural, filters_);
    if (!items) return pass_on(items);
    rows_.clear();
    if (!session_.wants_data()) print_list(noun_, *items, session_.is_wide(), session_.out());
    for (const Json& item : *items) {
      rows_[text_at(item, "name")] = row_of(item);
      if (session_.wants_data()) print_line("list", item);
    }
    session_.out().flush();
    return {};
  }

  void show(const WatchNews& news) {
    if (text_at(news.data, "kind") != noun_.kind) return;
    const std::string name = text_at(news.data, "name");
    const bool is_there = news.what == "put" && fits(news.data, filters_);
    if (!is_there && rows_.erase(name) == 0) return;
    if (session_.wants_data()) {
      print_line(is_there ? "put" : "delete", news.data);
    } else if (!is_there) {
      session_.out() << name << "  is gone\n";
    } else if (std::string row = row_of(news.data); rows_[name] != row) {
      session_.out() << row << '\n';
    }
    if (is_there) rows_[name] = row_of(news.data);
    session_.out().flush();
  }

 private:
  std::string row_of(const Json& item) const {
    std::string row;
    for (const NounColumn& column : noun_.columns) {
      if (column.is_wide && !session_.is_wide()) continue;
      const std::string cell = value_text(field_at(item, column.field), column.style);
      row += (row.empty() ? "" : "  ") + (cell.empty() ? std::string("-") : cell);
    }
    return row;
  }

  void print_line(const char* what, const Json& item) {
    const Json line = {{"change", what}, {"document", item}};
    if (session_.output == "yaml") {
      session_.out() << "---\n";
      session_.print_data(line);
    } else {
      session_.out() << to_line(line) << '\n';
    }
  }

  ApiSession& session_;
  const Noun& noun_;
  const std::vector<std::string>& filters_;
  std::map<std::string, std::string> rows_;
};

}  // namespace

Result<void> WatchStream::open() {
  Result<std::unique_ptr<HttpClient>> client = session_.open_watch(last_id_);
  if (!client) return pass_on(client);
  client_ = std::move(*client);
  return {};
}

Result<void> WatchStream::connect_again() {
  for (uint32_t tries = 1;; ++tries) {
    Result<void> opened = open();
    if (opened || tries == kTriesMax || opened.error().code == ErrorCode::permission_denied) return opened;
    (void)::poll(nullptr, 0, kPauseMs);
  }
}

Result<WatchNews> WatchStream::next() {
  WatchNews news;
  while (true) {
    Result<std::optional<std::string>> line = client_->read_line(kSilenceMaxNs);
    if (!line || !*line) {
      news = {};
      if (Result<void> opened = connect_again(); !opened) return pass_on(opened);
      // Nothing had come yet by which the server could know where to go on.
      if (last_id_.empty()) return WatchNews{"reset", Json::object()};
      continue;
    }
    const std::string& text = **line;
    if (text.starts_with("id: ")) last_id_ = text.substr(4);
    if (text.starts_with("event: ")) news.what = text.substr(7);
    if (text.starts_with("data: ")) {
      Result<Json> data = parse_json(std::string_view(text).substr(6), 16 * kMiB);
      if (data) news.data = std::move(*data);
    }
    if (text.empty() && !news.what.empty()) return news;
  }
}

ExitCode watch_resources(ApiSession& session, const Noun& noun, const std::vector<std::string>& filters) {
  WatchStream stream(session);
  WatchedList list(session, noun, filters);
  if (const Result<void> opened = stream.open(); !opened) return session.report(opened.error());
  if (const Result<void> shown = list.show_all(); !shown) return session.report(shown.error());
  while (true) {
    const Result<WatchNews> news = stream.next();
    if (!news) return session.report(news.error());
    if (news->what != "reset") {
      list.show(*news);
    } else if (const Result<void> shown = list.show_all(); !shown) {
      return session.report(shown.error());
    }
  }
}

}  // namespace laneway
