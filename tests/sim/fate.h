#pragma once
// Fate decides at which of the points that an engine passes it dies, and counts points and deaths. A plan names the
// deaths one after the other, each by the number of points that the engine has passed in its life; without one they
// come by chance. Owned by the simulation; one thread.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.h"
#include "sim/death_point.h"
#include "sim/life.h"

namespace laneway::sim {

class Fate {
 public:
  // `at`: the number of the point, from 1, at which the first life ends, then the second, and so on. Without: one in
  // `one_in` points, `deaths_max` times at most. `only`: no other kind of point counts.
  struct Plan {
    std::vector<uint64_t> at;
    uint64_t one_in = 0;
    uint32_t deaths_max = 0;
    std::optional<DeathPoint> only;
  };
  // Says when an engine cannot die, because nothing would be left to go on from.
  class Guard {
   public:
    virtual bool may_die() = 0;

   protected:
    ~Guard() = default;
  };
  Fate(const Plan& plan, uint64_t seed, Guard& guard) : plan_(plan), guard_(guard), random_(seed) {}

  // Another life begins.
  void begin();
  // Between these two the engine runs in that life.
  void enter(Life& life) { life_ = &life; }
  void leave() { life_ = nullptr; }

  // The engine passes a point, and may die there.
  void pass(DeathPoint point) {
    comes(point);
    strike();
  }
  // The same where the caller comes to an end first: true where this point is the one, and the next strike() kills.
  bool comes(DeathPoint point);
  void strike();

  uint32_t deaths() const { return deaths_; }
  DeathPoint last_point() const { return last_point_; }
  // That were passed in the present life.
  uint64_t passed() const { return passed_; }
  const PointCounts& points_passed() const { return points_passed_; }
  const PointCounts& points_died_at() const { return points_died_at_; }

 private:
  bool is_chosen();

  // Fixed after construction
  const Plan plan_;
  Guard& guard_;

  Random random_;
  Life* life_ = nullptr;
  uint64_t passed_ = 0;
  uint32_t deaths_ = 0;
  DeathPoint last_point_{};
  bool is_due_ = false;
  PointCounts points_passed_{};
  PointCounts points_died_at_{};
};

}  // namespace laneway::sim
