#include "tests/storage/store_fixture.h"

#include <gtest/gtest.h>

#include <future>

namespace voisin::storage {

StoreFixture::StoreFixture() {
  Reopen();
  const auto created =
      store_->CreateCollection({.number = 0, .id = "first", .definition = "d", .create_time_us = 5});
  EXPECT_TRUE(created.ok()) << created.status();
  collection_ = created->number;
}

DocumentStore::Options StoreFixture::OptionsHere() {
  DocumentStore::Options options;
  options.directory = directory();
  options.block_cache_bytes = 8 << 20;
  options.clock_us = [this] { return now_us.load(); };
  options.on_write_health = [this](const absl::Status& status) { write_health.push_back(status.code()); };
  return options;
}

void StoreFixture::Reopen() {
  store_.reset();
  auto opened = DocumentStore::Open(OptionsHere());
  ASSERT_TRUE(opened.ok()) << opened.status();
  store_ = *std::move(opened);
}

absl::StatusOr<Applied> StoreFixture::Append(Entry entry) {
  const auto answer = std::make_shared<std::promise<absl::StatusOr<Applied>>>();
  const absl::Status queued = store_->Append(
      std::move(entry),
      [answer](Entry, absl::StatusOr<Applied> applied) { answer->set_value(std::move(applied)); });
  if (!queued.ok()) return queued;
  return answer->get_future().get();
}

absl::StatusOr<Applied> StoreFixture::Upsert(std::vector<Document> documents, std::string request_id) {
  return Append({.collection = collection_,
                 .request_id = std::move(request_id),
                 .upserts = std::move(documents),
                 .deletions = {}});
}

absl::StatusOr<Applied> StoreFixture::Delete(std::vector<Deletion> deletions) {
  return Append(
      {.collection = collection_, .request_id = "", .upserts = {}, .deletions = std::move(deletions)});
}

std::map<std::string, StoredDocument> StoreFixture::Contents(CollectionNumber collection) {
  std::map<std::string, StoredDocument> contents;
  const auto page = store_->List(collection, Filter(), "", 1'000'000, kAllParts);
  EXPECT_TRUE(page.ok()) << page.status();
  if (!page.ok()) return contents;
  EXPECT_EQ(page->next_after, "");
  for (const StoredDocument& stored : page->documents) contents[stored.document.id] = stored;
  return contents;
}

std::vector<Change> StoreFixture::Changes(Lsn after) {
  std::vector<Change> changes;
  const absl::Status read = store_->ReadChanges(collection_, after, [&](const Change& change) {
    changes.push_back(change);
    return absl::OkStatus();
  });
  EXPECT_TRUE(read.ok()) << read;
  return changes;
}

std::vector<PointId> StoreFixture::Matching(const std::string& filter, int64_t at_us) {
  const auto parsed = Filter::Parse(filter);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  const auto match = store_->Match(collection_, *parsed, at_us);
  EXPECT_TRUE(match.ok()) << match.status();
  return match.ok() ? match->points.ascending() : std::vector<PointId>();
}

Document MakeDocument(std::string id, double version, int64_t expire_time_us) {
  Document document;
  document.text = "text of " + id;
  document.metadata = {{"id", Value{id}}, {"version", Value{version}}};
  document.vector = {static_cast<float>(id.size()), static_cast<float>(version), 0.5f};
  document.terms = {{id.size(), 1}, {uint64_t{1} << 63 | static_cast<uint64_t>(version), 300}};
  document.expire_time_us = expire_time_us;
  document.id = std::move(id);
  return document;
}

}  // namespace voisin::storage
