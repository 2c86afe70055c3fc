#include "backend/greeting_doubts.h"

#include <gtest/gtest.h>

namespace laneway {
namespace {

TEST(GreetingDoubts, AnAnswerOfOneWitnessEndsADoubt) {
  GreetingDoubts doubts;
  const GreetingWitness first;
  const GreetingWitness second;
  doubts.raise({&first, &second});
  EXPECT_TRUE(doubts.is_asked(first));
  EXPECT_TRUE(doubts.is_asked(second));
  EXPECT_FALSE(doubts.leave(second)) << "there is another one";
  EXPECT_TRUE(doubts.vouch(first, doubts.latest()));
  EXPECT_FALSE(doubts.is_open());
}

TEST(GreetingDoubts, AnAnswerToWhatWasAskedBeforeTheGreetingProvesNothing) {
  GreetingDoubts doubts;
  const GreetingWitness witness;
  doubts.raise({&witness});
  const uint64_t asked = doubts.latest();
  doubts.raise({&witness});
  EXPECT_TRUE(doubts.vouch(witness, asked));
  EXPECT_TRUE(doubts.is_open());
  EXPECT_TRUE(doubts.is_asked(witness)) << "once more";
  EXPECT_TRUE(doubts.vouch(witness, doubts.latest()));
  EXPECT_FALSE(doubts.is_open());
}

TEST(GreetingDoubts, OneThatWasNotThereBeforeTheGreetingProvesNothing) {
  GreetingDoubts doubts;
  const GreetingWitness before;
  const GreetingWitness after;
  doubts.raise({&before});
  EXPECT_FALSE(doubts.is_asked(after));
  EXPECT_FALSE(doubts.vouch(after, doubts.latest()));
  EXPECT_TRUE(doubts.is_open());
}

TEST(GreetingDoubts, WithoutWitnessesADoubtWaitsForTheLossToBeNoted) {
  GreetingDoubts doubts;
  const GreetingWitness first;
  const GreetingWitness second;
  doubts.raise({&first, &second});
  EXPECT_FALSE(doubts.leave(first));
  EXPECT_FALSE(doubts.end_hopeless());
  EXPECT_TRUE(doubts.leave(second));
  EXPECT_TRUE(doubts.is_open());
  EXPECT_TRUE(doubts.end_hopeless());
  EXPECT_FALSE(doubts.is_open());
}

}  // namespace
}  // namespace laneway
