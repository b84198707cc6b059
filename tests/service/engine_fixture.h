#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <sstream>

#include "service/errors.h"
#include "tests/support/blocking_engine.h"
#include "tests/support/scratch_dir.h"

namespace voisin::service {

inline constexpr char kTinyModel[] = "tiny";

// An engine over a scratch directory; `Restart` closes it cleanly and opens it again.
class EngineFixture : public testing::Test {
 protected:
  EngineFixture();
  ~EngineFixture() override;

  std::filesystem::path data_dir() const { return scratch_.path() / "data"; }
  std::filesystem::path models_dir() const { return scratch_.path() / "models"; }
  std::filesystem::path scratch() const { return scratch_.path(); }
  // Makes the model kTinyModel, the default of these engines: 24 dimensions, at most 32 tokens.
  void WriteModel();

  void Open();
  void Close();
  void Restart();
  test::BlockingEngine& engine() { return *blocking_; }
  std::string log_text() const { return log_lines_.str(); }  // while no engine is open, or quiet

  // A collection without a model.
  void MakeVectors(const std::string& id, uint32_t dimensions, index::Metric metric = index::Metric::cosine);
  // A collection of the tiny model.
  void MakeTexts(const std::string& id);

  absl::StatusOr<UpsertResult> Put(const std::string& collection, std::vector<storage::Document> documents,
                                   std::string request_id = "");
  std::vector<std::string> FindIds(const SearchRequest& request);

  Engine::Options options_;

 private:
  test::ScratchDir scratch_;
  std::ostringstream log_lines_;
  std::unique_ptr<Log> log_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<test::BlockingEngine> blocking_;
};

storage::Document VectorDocument(std::string id, std::vector<float> vector, storage::Object metadata = {});
storage::Document TextDocument(std::string id, std::string text);
SearchRequest VectorQuery(std::string collection, std::vector<float> vector, uint32_t top_k = 10);
std::vector<std::string> IdsOf(const SearchResult& result);

// `status` is InvalidArgument at `field`, and its message contains `text`.
testing::AssertionResult IsInvalidAt(const absl::Status& status, std::string_view field,
                                     std::string_view text);

}  // namespace voisin::service
