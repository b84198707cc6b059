#include "tests/service/engine_fixture.h"

#include "tests/support/tiny_model.h"

namespace voisin::service {

EngineFixture::EngineFixture() : log_(LogToStream(log_lines_, LogFormat::text, LogLevel::debug)) {
  options_.data_dir = data_dir();
  options_.models_dir = models_dir();
  options_.default_model = kTinyModel;
  options_.threads = 2;
  options_.log = log_.get();
}

EngineFixture::~EngineFixture() { Close(); }

void EngineFixture::WriteModel() {
  std::filesystem::create_directories(models_dir());
  const absl::Status written = test::WriteTinyModel(models_dir() / kTinyModel);
  ASSERT_TRUE(written.ok()) << written;
}

void EngineFixture::Open() {
  absl::StatusOr<std::unique_ptr<Engine>> opened = Engine::Open(options_);
  ASSERT_TRUE(opened.ok()) << opened.status();
  engine_ = *std::move(opened);
  blocking_ = std::make_unique<test::BlockingEngine>(*engine_);
  engine_->WaitUntilReady();
}

void EngineFixture::Close() {
  blocking_.reset();
  engine_.reset();
}

void EngineFixture::Restart() {
  Close();
  Open();
}

void EngineFixture::MakeVectors(const std::string& id, uint32_t dimensions, index::Metric metric) {
  CollectionSpec spec;
  spec.id = id;
  spec.dimensions = dimensions;
  spec.metric = metric;
  const auto made = engine().CreateCollection(spec);
  ASSERT_TRUE(made.ok()) << made.status();
}

void EngineFixture::MakeTexts(const std::string& id) {
  CollectionSpec spec;
  spec.id = id;
  spec.model = kTinyModel;
  const auto made = engine().CreateCollection(spec);
  ASSERT_TRUE(made.ok()) << made.status();
}

absl::StatusOr<UpsertResult> EngineFixture::Put(const std::string& collection,
                                                std::vector<storage::Document> documents,
                                                std::string request_id) {
  UpsertRequest request;
  request.collection = collection;
  request.documents = std::move(documents);
  request.request_id = std::move(request_id);
  return engine().Upsert(std::move(request));
}

std::vector<std::string> EngineFixture::FindIds(const SearchRequest& request) {
  const auto result = engine().Search(request);
  EXPECT_TRUE(result.ok()) << result.status();
  return result.ok() ? IdsOf(*result) : std::vector<std::string>();
}

storage::Document VectorDocument(std::string id, std::vector<float> vector, storage::Object metadata) {
  storage::Document document;
  document.id = std::move(id);
  document.vector = std::move(vector);
  document.metadata = std::move(metadata);
  return document;
}

storage::Document TextDocument(std::string id, std::string text) {
  storage::Document document;
  document.id = std::move(id);
  document.text = std::move(text);
  return document;
}

SearchRequest VectorQuery(std::string collection, std::vector<float> vector, uint32_t top_k) {
  SearchRequest request;
  request.collection = std::move(collection);
  request.vector = std::move(vector);
  request.top_k = top_k;
  return request;
}

std::vector<std::string> IdsOf(const SearchResult& result) {
  std::vector<std::string> ids;
  for (const Hit& hit : result.hits) ids.push_back(hit.document.id);
  return ids;
}

testing::AssertionResult IsInvalidAt(const absl::Status& status, std::string_view field,
                                     std::string_view text) {
  const bool good = absl::IsInvalidArgument(status) && FieldOf(status) == field &&
                    MessageOf(status).find(text) != std::string_view::npos;
  if (good) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "expected InvalidArgument at " << field << " with \"" << text
                                     << "\", got " << status << " at " << FieldOf(status).value_or("none");
}

}  // namespace voisin::service
