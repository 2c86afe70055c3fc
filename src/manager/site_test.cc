#include "manager/site.h"

#include <gtest/gtest.h>

#include <fstream>

#include "base/testing/temp_dir.h"

namespace laneway {
namespace {

class SiteExchange final : public HttpExchange {
 public:
  explicit SiteExchange(const std::string& path) {
    request_.method = "GET";
    request_.path = path;
  }
  const HttpRequest& request() const override { return request_; }
  bool run_blocking(BlockingPool, BlockingWork&) override { return false; }

 private:
  HttpRequest request_;
};

class ApiOfSite final : public HttpHandler {
 public:
  HttpAnswer handle(HttpExchange&) override { return {{200, "text/plain", {}, "api"}, nullptr}; }
};

std::string body_at(Site& site, const std::string& path) {
  SiteExchange exchange(path);
  return site.handle(exchange).response.body;
}

TEST(SiteTest, TheApiIsBelowItsPathAndTheConsoleEverywhereElse) {
  const TempDir dir;
  std::ofstream(dir.at("index.html")) << "console";
  ApiOfSite api;
  const auto site = Site::open(api, dir.path());
  ASSERT_TRUE(site.has_value());
  for (const char* path : {"/", "/functions/", "/functions/vm.1/", "/apis", "/metrics/"})
    EXPECT_EQ(body_at(**site, path), "console");
  for (const char* path : {"/api/v1/functions", "/api/none", "/metrics"}) EXPECT_EQ(body_at(**site, path), "api");
}

TEST(SiteTest, WithoutAConsoleTheApiAnswersEverything) {
  ApiOfSite api;
  const auto site = Site::open(api, "");
  ASSERT_TRUE(site.has_value());
  EXPECT_EQ(body_at(**site, "/"), "api");
}

TEST(SiteTest, ADirectoryThatIsNotThereIsSaidAtTheStart) {
  ApiOfSite api;
  const auto site = Site::open(api, "/no/such/console");
  ASSERT_FALSE(site.has_value());
  EXPECT_NE(site.error().message.find("/no/such/console"), std::string::npos);
}

}  // namespace
}  // namespace laneway
