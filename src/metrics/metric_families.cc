#include "metrics/metric_families.h"

#include <prometheus/text_serializer.h>

#include <algorithm>

#include "base/check.h"

namespace laneway {

void MetricFamilies::gauge(const MetricName& name, MetricLabels labels, double value) {
  add(name, prometheus::MetricType::Gauge, labels).gauge.value = value;
}

void MetricFamilies::counter(const MetricName& name, MetricLabels labels, double value) {
  add(name, prometheus::MetricType::Counter, labels).counter.value = value;
}

void MetricFamilies::histogram(const MetricName& name, MetricLabels labels, const MetricHistogram& value) {
  LW_ASSERT(value.bounds.size() == value.up_to.size());
  prometheus::ClientMetric::Histogram& histogram = add(name, prometheus::MetricType::Histogram, labels).histogram;
  histogram.sample_count = value.count;
  histogram.sample_sum = value.sum;
  for (size_t i = 0; i < value.bounds.size(); ++i) histogram.bucket.push_back({value.up_to[i], value.bounds[i]});
}

std::string MetricFamilies::text() const { return prometheus::TextSerializer().Serialize(families_); }

prometheus::ClientMetric& MetricFamilies::add(const MetricName& name, prometheus::MetricType type,
                                              MetricLabels labels) {
  auto found =
      std::find_if(families_.begin(), families_.end(), [&](const auto& each) { return each.name == name.name; });
  if (found == families_.end()) {
    families_.push_back({std::string(name.name), std::string(name.help), type, {}});
    found = families_.end() - 1;
  }
  LW_ASSERT(found->type == type);
  prometheus::ClientMetric& metric = found->metric.emplace_back();
  for (const auto& [label, value] : labels) metric.label.push_back({std::string(label), std::string(value)});
  return metric;
}

}  // namespace laneway
