#pragma once
// MetricFamilies gathers measured values under the names that Prometheus reads, and gives them as its text (exposition
// format 0.0.4): one family a name, with one help text and one kind, in the order of their first value. One thread.

#include <prometheus/metric_family.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace laneway {

struct MetricName {
  std::string_view name;  // of base units: seconds, bytes
  std::string_view help;
};

using MetricLabels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

struct MetricHistogram {
  uint64_t count = 0;
  double sum = 0;
  std::vector<double> bounds;
  std::vector<uint64_t> up_to;  // cumulative, one for each bound
};

class MetricFamilies {
 public:
  void gauge(const MetricName& name, MetricLabels labels, double value);
  // Only ever grows while what counts it lives.
  void counter(const MetricName& name, MetricLabels labels, double value);
  void histogram(const MetricName& name, MetricLabels labels, const MetricHistogram& value);
  std::string text() const;

 private:
  prometheus::ClientMetric& add(const MetricName& name, prometheus::MetricType type, MetricLabels labels);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace laneway
