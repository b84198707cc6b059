// What searches of the default model find on judged sets, with named floors. Skipped where the sets or the model are
// not there.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <sstream>

#include "clients/cli/eval_run.h"
#include "tests/support/source_dir.h"

namespace voisin::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kReferenceCisi = 0.384;       // nDCG@10 of an independent BM25
constexpr double kReferenceCranfield = 0.359;  // likewise
constexpr double kLexicalPoint = 0.01;         // LEXICAL is so near to the reference
constexpr double kHybridLoss = 0.003;          // HYBRID may lose so much against the better of the two alone
constexpr double kHybridFloorCisi = 0.415;     // slightly under what was measured
constexpr double kHybridFloorCranfield = 0.37;

fs::path FromEnvironment(const char* name, const fs::path& otherwise) {
  const char* given = std::getenv(name);
  return given != nullptr ? fs::path(given) : otherwise;
}

class EvalQualityTest : public ::testing::Test {
 protected:
  // Nothing: skipped or failed.
  std::optional<RetrievalResult> Measure(const std::string& name) {
    const fs::path shared = FromEnvironment("VOISIN_SHARED_DIR", test::SourceDir().parent_path() / "shared");
    const fs::path directory = shared / "fixtures" / "eval" / name;
    const fs::path model =
        FromEnvironment("VOISIN_TEST_MODEL_DIR", test::SourceDir() / ".voisin" / "models" / "use-lite-en");
    if (!fs::exists(directory)) return Skip("the evaluation set " + directory.string() + " is not there");
    if (!fs::exists(model)) return Skip("the default model is not there: run ./dev setup");
    const auto set = ReadEvalSet(directory);
    const auto encoder = encoder::TextEncoder::Load(model);
    EXPECT_TRUE(set.ok() && encoder.ok()) << set.status() << encoder.status();
    if (!set.ok() || !encoder.ok()) return std::nullopt;
    std::ostringstream progress;
    Progress silent(progress, {.terminal = false, .unit = "texts"});
    const auto result = Evaluate(*set, LocalEvalModel(**encoder, std::cerr), silent);
    EXPECT_TRUE(result.ok()) << result.status();
    return result.ok() ? result->retrieval : std::nullopt;
  }

 private:
  static std::optional<RetrievalResult> Skip(const std::string& why) {
    const auto skip = [&] { GTEST_SKIP() << why; };
    skip();
    return std::nullopt;
  }
};

double BetterAlone(const RetrievalResult& result) {
  return std::max(result.figures.ndcg_at_10, result.searches.lexical.ndcg_at_10);
}

TEST_F(EvalQualityTest, Cisi) {
  const auto result = Measure("cisi");
  if (!result) return;
  const double hybrid = result->searches.hybrid.ndcg_at_10;
  EXPECT_NEAR(result->searches.lexical.ndcg_at_10, kReferenceCisi, kLexicalPoint);
  EXPECT_GT(hybrid, BetterAlone(*result)) << "both together find more than either";
  EXPECT_GE(hybrid, kHybridFloorCisi);
}

TEST_F(EvalQualityTest, Cranfield) {
  const auto result = Measure("cranfield");
  if (!result) return;
  const double hybrid = result->searches.hybrid.ndcg_at_10;
  EXPECT_NEAR(result->searches.lexical.ndcg_at_10, kReferenceCranfield, kLexicalPoint);
  EXPECT_GE(hybrid, BetterAlone(*result) - kHybridLoss);
  EXPECT_GE(hybrid, kHybridFloorCranfield);
}

}  // namespace
}  // namespace voisin::cli
