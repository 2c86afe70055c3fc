// The parts without sockets: targets, problems, files, text.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <semaphore>

#include "base/testing/message_parts.h"
#include "base/testing/temp_dir.h"
#include "http/problem.h"
#include "http/response_text.h"
#include "http/static_files.h"
#include "http/target.h"
#include "http/utf8.h"
#include "http/worker_pool.h"

namespace laneway {
namespace {

TEST(Target, IsDecoded) {
  const auto target = decode_target("/targets/array%20%c3%a4/?q=a%26b+c%2Fd&flag&empty=&x=1&x=2&&=v");
  ASSERT_TRUE(target.has_value());
  EXPECT_EQ(target->path, "/targets/array \xc3\xa4/");
  const std::vector<std::pair<std::string, std::string>> expected = {{"q", "a&b c/d"}, {"flag", ""}, {"empty", ""},
                                                                     {"x", "1"},       {"x", "2"},   {"", "v"}};
  EXPECT_EQ(target->parameters, expected);
  EXPECT_EQ(decode_target("/a+b")->path, "/a+b");
  EXPECT_EQ(decode_target("http://host:80/a?b")->path, "/a");
  EXPECT_EQ(decode_target("https://host")->path, "/");
  EXPECT_EQ(decode_target("https://host?a=1")->parameters.size(), 1u);
  EXPECT_EQ(decode_target("/...")->path, "/...");
  EXPECT_EQ(decode_target("*")->path, "*");
}

TEST(Target, RefusesWhatCouldBeReadInTwoWays) {
  for (const char* const wrong :
       {"",           "a",      "//",   "/a//b",     "/.",   "/..",      "/a/..",    "/a/./b",   "/%2e%2e/a",
        "/.%2E",      "/a%2fb", "/%00", "/a%0ab",    "/%",   "/%4",      "/%zz",     "/\xff",    "/%c0%af",
        "/%ed%a0%80", "/\x7f",  "?a=b", "ftp://x/a", "/a?%", "/a?b=%zz", "/a?b=%00", "/a?%ff=1", "*x"}) {
    EXPECT_FALSE(decode_target(wrong).has_value()) << wrong;
  }
  std::string many = "/?";
  for (size_t i = 0; i < kParametersMax; ++i) many += "a=1&";
  EXPECT_TRUE(decode_target(many).has_value());
  EXPECT_FALSE(decode_target(many + "a=1").has_value());
  EXPECT_EQ(decode_target("/" + std::string(kTargetBytesMax, 'a')).error().code, ErrorCode::no_space);
}

TEST(Target, EncodesWhatItDecodes) {
  const std::string text = "a/b?c=d&e+f %\xc3\xa4~";
  EXPECT_EQ(encode_component(text), "a%2Fb%3Fc%3Dd%26e%2Bf%20%25%C3%A4~");
  EXPECT_EQ(decode_target("/?" + encode_component(text))->parameters.at(0).first, text);
}

TEST(Utf8, KnowsCharactersFromBytes) {
  for (const char* const text :
       {"a", "\xc2\x80", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (const char* const text : {"\x80", "\xc1\xbf", "\xc3", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe2\x82",
                                 "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe2\x28\xa1"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

TEST(Problem, IsADocumentOfRfc9457) {
  const Error error{ErrorCode::in_use, "LUN 1 is in use by \"a\\b\"\n\xff; choose another."};
  const HttpResponse response = problem_response(problem_of(error, "lun"));
  EXPECT_EQ(response.status, 409u);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(
      response.body,
      "{\"type\":\"urn:laneway:problem:in_use\",\"title\":\"Something else holds or changed it\",\"status\":409,"
      "\"detail\":\"LUN 1 is in use by \\\"a\\\\b\\\"\\u000a\xef\xbf\xbd; choose another.\",\"field\":\"lun\"}\n");
  EXPECT_EQ(encode_problem({.status = 404, .remedy = "Look."}),
            "{\"type\":\"about:blank\",\"title\":\"Not Found\",\"status\":404,\"remedy\":\"Look.\"}\n");
}

TEST(Problem, HasAStatusForEveryKindOfError) {
  const std::vector<std::pair<ErrorCode, unsigned>> expected = {
      {ErrorCode::invalid_argument, 422}, {ErrorCode::not_found, 404},   {ErrorCode::already_exists, 409},
      {ErrorCode::in_use, 409},           {ErrorCode::unreachable, 502}, {ErrorCode::permission_denied, 403},
      {ErrorCode::refused, 502},          {ErrorCode::unsupported, 422}, {ErrorCode::no_space, 507},
      {ErrorCode::timed_out, 504},        {ErrorCode::protocol, 502},    {ErrorCode::io, 500},
      {ErrorCode::internal, 500}};
  for (const auto& [code, status] : expected) {
    EXPECT_EQ(http_status(code), status);
    EXPECT_NE(status_words(status), "Unknown");
  }
}

TEST(ResponseText, LeavesOutHeadersThatWouldBeSeveral) {
  HttpResponse response;
  response.headers = {{"x-good", "1"}, {"x-bad", "1\r\nset-cookie: a"}, {"x bad", "1"}, {"cache-control", "no-cache"}};
  const std::string head = encode_response_head(response, {.is_tls = true});
  EXPECT_NE(head.find("x-good: 1\r\n"), std::string::npos);
  EXPECT_EQ(head.find("bad"), std::string::npos);
  EXPECT_EQ(head.find("no-store"), std::string::npos);
  EXPECT_NE(head.find("strict-transport-security"), std::string::npos);
}

class StaticFilesTest : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& content) {
    std::filesystem::create_directories(std::filesystem::path(dir_.at("site/" + name)).parent_path());
    std::ofstream(dir_.at("site/" + name)) << content;
  }
  void open() {
    Result<std::unique_ptr<StaticFiles>> opened = StaticFiles::open(dir_.at("site"));
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    files_ = std::move(*opened);
  }
  HttpResponse get(const std::string& path, const std::string& etag = "") {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    if (!etag.empty()) request.headers.emplace_back("if-none-match", etag);
    return files_->answer(request);
  }
  static std::string header(const HttpResponse& response, std::string_view wanted) {
    for (const auto& [name, value] : response.headers) {
      if (name == wanted) return value;
    }
    return "";
  }

  TempDir dir_;
  std::unique_ptr<StaticFiles> files_;
};

TEST_F(StaticFilesTest, AnswersWithTypesTagsAndCaching) {
  write("index.html", "<html>");
  write("assets/app-1a2b.js", "run()");
  open();
  const HttpResponse page = get("/");
  EXPECT_EQ(page.body, "<html>");
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_EQ(header(page, "cache-control"), "no-cache");
  const HttpResponse script = get("/assets/app-1a2b.js");
  EXPECT_EQ(script.content_type, "text/javascript; charset=utf-8");
  EXPECT_NE(header(script, "cache-control").find("immutable"), std::string::npos);
  EXPECT_NE(header(script, "etag"), header(page, "etag"));
  const HttpResponse known = get("/", "W/" + header(page, "etag"));
  EXPECT_EQ(known.status, 304u);
  EXPECT_EQ(known.body, "");
  EXPECT_EQ(get("/", "\"other\"").status, 200u);
}

TEST_F(StaticFilesTest, APlaceInTheConsoleIsItsPage) {
  write("index.html", "<html>");
  write("docs/index.html", "<docs>");
  open();
  EXPECT_EQ(get("/machines/m1").body, "<html>");
  EXPECT_EQ(get("/machines/").body, "<html>");
  EXPECT_EQ(get("/docs/").body, "<docs>");
  EXPECT_EQ(get("/machines/m1.js").status, 404u);
  HttpRequest post;
  post.method = "POST";
  post.path = "/";
  EXPECT_EQ(files_->answer(post).status, 405u);
}

TEST_F(StaticFilesTest, ServesNothingFromElsewhere) {
  std::ofstream(dir_.at("secret.txt")) << "secret";
  write("a.txt", "a");
  write(".hidden", "h");
  write(".git/config", "h");
  std::filesystem::create_symlink(dir_.at("secret.txt"), dir_.at("site/link.txt"));
  std::filesystem::create_directory_symlink(dir_.path(), dir_.at("site/up"));
  open();
  EXPECT_EQ(get("/a.txt").status, 200u);
  for (const char* const path :
       {"/link.txt", "/up/secret.txt", "/../secret.txt", "/.hidden", "/.git/config", "/x", ""}) {
    EXPECT_EQ(get(path).status, 404u) << path;
  }
  std::ofstream(dir_.at("site/a.txt")) << "changed";
  EXPECT_EQ(get("/a.txt").body, "a");  // as it was read at the start
}

TEST_F(StaticFilesTest, RefusesADirectoryThatCannotBeTheConsole) {
  EXPECT_TRUE(has_parts(StaticFiles::open(dir_.at("none")).error().message, {"none", "name the directory"}));
  for (size_t i = 0; i <= StaticFiles::kFilesMax; ++i) write("f" + std::to_string(i), "");
  EXPECT_EQ(StaticFiles::open(dir_.at("site")).error().code, ErrorCode::no_space);
}

TEST(WorkerPoolTest, EndsEveryJobOnce) {
  struct CountedJob final : PoolJob {
    void run() override { ++ran; }
    void drop() override { ++dropped; }
    std::atomic<int> ran{0};
    std::atomic<int> dropped{0};
  };
  std::array<CountedJob, 200> jobs;
  int taken = 0;
  {
    WorkerPool pool(2, 100);
    for (CountedJob& job : jobs) taken += pool.submit(job) ? 1 : 0;
  }
  int ended = 0;
  for (const CountedJob& job : jobs) {
    EXPECT_LE(job.ran + job.dropped, 1);
    ended += job.ran + job.dropped;
  }
  EXPECT_EQ(ended, taken);
}

}  // namespace
}  // namespace laneway
