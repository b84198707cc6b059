#include "tests/stress/disk_error_fixture.h"

#include <gmock/gmock.h>

#include <cerrno>

namespace voisin::test {
namespace {

constexpr size_t kMostRefused = 3;
constexpr char kProbe[] = "probe";  // a collection of no document
constexpr const char* kPaths[] = {"",     "",         "data/db/",    ".log",
                                  ".sst", "MANIFEST", "data/index/", "data/snapshots/"};

std::set<std::string> NamesOf(const std::map<std::string, Documents>& all) {
  std::set<std::string> names;
  for (const auto& [name, documents] : all) names.insert(name);
  return names;
}

}  // namespace

CallerOnBadDisk::CallerOnBadDisk(uint64_t seed, std::set<DiskFault::Call> calls)
    : random_(seed), calls_(std::move(calls)) {
  Start();
}

void CallerOnBadDisk::Step() {
  if (Below(3) == 0) BreakDisk();
  const uint64_t choice = Below(100);
  if (choice < 40) return Upsert();
  if (choice < 52) return Delete();
  if (choice < 67) return Ask();
  if (choice < 76) return ChangeCollections();
  if (choice < 87) return ChangeSnapshots();
  if (choice < 91) return Compact();
  Restart();
}

std::string CallerOnBadDisk::SomeCollection() {
  if (now_.collections.empty()) return "none";
  return std::next(now_.collections.begin(), static_cast<long>(Below(now_.collections.size())))->first;
}

std::string CallerOnBadDisk::SomeSnapshot() {
  return std::next(now_.snapshots.begin(), static_cast<long>(Below(now_.snapshots.size())))->first;
}

// Once, a few times, or until it heals; at once or some calls later. Not in compactions: where one fails before its first
// row, Debian's RocksDB, built with assertions, ends the process for its statistics' sake.
void CallerOnBadDisk::BreakDisk() {
  DiskFault fault{.calls = calls_, .path_part = kPaths[Below(std::size(kPaths))], .error = EIO};
  fault.spared_thread = "rocksdb:low";
  fault.skip = static_cast<int>(Below(4) == 0 ? Below(200) : Below(8));
  if (Below(3) > 0) fault.times = static_cast<int>(1 + Below(4));
  disk_.Fail(std::move(fault));
}

void CallerOnBadDisk::CheckRefusal(const absl::Status& status) {
  ++refusals_;
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              testing::AnyOf(testing::HasSubstr("nput/output error"), testing::HasSubstr("previous error"),
                             testing::HasSubstr("Seen error"), testing::HasSubstr("Direct I/O")));
}

void CallerOnBadDisk::Write(const Change& change, const std::function<absl::Status()>& request) {
  const absl::Status status = request();
  if (status.ok()) {
    change(now_);
    return refused_.clear();
  }
  CheckRefusal(status);
  refused_.push_back(change);
  if (refused_.size() < kMostRefused && Below(2) == 0) return;
  disk_.Heal();
  refused_.size() < kMostRefused ? Ask() : Restart();
}

void CallerOnBadDisk::Administer(const Change& change, const std::function<absl::Status()>& request) {
  const absl::Status status = request();
  if (status.ok()) {
    change(now_);
    return refused_.clear();
  }
  CheckRefusal(status);
  disk_.Heal();
  refused_.push_back(change);
  if (Below(2) == 0 || refused_.size() >= kMostRefused || !AllAnswer()) return Restart();
  Holdings with = now_;
  change(with);
  std::set<std::string> collections, snapshots;
  const auto listed = (*engine_)->ListCollections();
  for (const service::CollectionInfo& info : listed.value()) collections.insert(info.spec.id);
  for (const auto& [name, problem] : engine_->Snapshots()) snapshots.insert(name);
  if (collections == NamesOf(with.collections) && snapshots == NamesOf(with.snapshots)) {
    now_ = std::move(with);
    refused_.pop_back();
  }
  EXPECT_EQ(collections, NamesOf(now_.collections));
  EXPECT_EQ(snapshots, NamesOf(now_.snapshots));
}

void CallerOnBadDisk::Upsert() {
  if (now_.collections.empty()) return ChangeCollections();
  const std::string collection = SomeCollection();
  const Documents documents = SomeDocuments("d", random_);
  Write(
      [=](Holdings& all) {
        for (const auto& [id, document] : documents)
          all.collections[collection].insert_or_assign(id, document);
      },
      [&] { return (*engine_)->Upsert(UpsertOf(collection, documents)).status(); });
}

void CallerOnBadDisk::Delete() {
  if (now_.collections.empty()) return;
  service::DeleteRequest request;
  request.collection = SomeCollection();
  for (const auto& [id, document] : SomeDocuments("d", random_)) request.ids.push_back(id);
  Write(
      [request](Holdings& all) {
        for (const std::string& id : request.ids) all.collections[request.collection].erase(id);
      },
      [&] { return (*engine_)->Delete(request).status(); });
}

void CallerOnBadDisk::ChangeCollections() {
  const std::string name = "c" + std::to_string(++names_);
  if (now_.collections.size() < 3) {
    service::CollectionSpec spec = SpecOf(name);
    spec.vector_storage = static_cast<index::VectorStorage>(Below(3));
    return Administer([name](Holdings& all) { all.collections[name]; },
                      [&] { return (*engine_)->CreateCollection(spec).status(); });
  }
  const std::string doomed = SomeCollection();
  Administer([doomed](Holdings& all) { all.collections.erase(doomed); },
             [&] { return (*engine_)->DeleteCollection(doomed).status(); });
}

void CallerOnBadDisk::ChangeSnapshots() {
  const std::string name = "made" + std::to_string(++names_), collection = SomeCollection();
  if (now_.collections.empty()) return;
  if (now_.snapshots.empty() || (now_.snapshots.size() < 3 && Below(2) == 0)) {
    return Administer(
        [name, collection](Holdings& all) { all.snapshots[name] = all.collections[collection]; },
        [&] { return (*engine_)->CreateSnapshot(collection, name).status(); });
  }
  const std::string snapshot = SomeSnapshot();
  if (now_.collections.size() < 4 && Below(2) == 0) {
    return Administer([name, snapshot](Holdings& all) { all.collections[name] = all.snapshots[snapshot]; },
                      [&] { return (*engine_)->RestoreSnapshot(snapshot, name).status(); });
  }
  if (!refused_.empty())
    return Restart();  // a deletion writes no row, so that it would not say what became of these
  Administer([snapshot](Holdings& all) { all.snapshots.erase(snapshot); },
             [&] { return (*engine_)->DeleteSnapshot(snapshot).status(); });
}

void CallerOnBadDisk::Compact() {
  if (now_.collections.empty()) return;
  if (const auto compacted = (*engine_)->CompactCollection(SomeCollection()); !compacted.ok()) {
    CheckRefusal(compacted.status());
  }
}

// Whether it writes or not, the disk is asked: searches go on.
void CallerOnBadDisk::Ask() {
  for (const auto& [collection, documents] : now_.collections) {
    const auto count = (*engine_)->Count(collection, "n >= 0");
    if (count.ok() || !reads_fail()) {
      EXPECT_EQ(count.value(), documents.size());
    } else {
      CheckRefusal(count.status());
    }
    for (const auto& [id, document] : documents) {
      if (Below(4) == 0) AskFor(collection, document);
    }
  }
}

void CallerOnBadDisk::AskFor(const std::string& collection, const storage::Document& document) {
  const auto got = (*engine_)->Get({collection, {document.id}, {.vector = true}});
  if (got.ok() || !reads_fail()) {
    EXPECT_EQ(got.value().front(), document);
  } else {
    CheckRefusal(got.status());
  }
  service::SearchRequest request;
  request.collection = collection;
  request.vector = document.vector;
  request.top_k = 1;
  request.exact = Below(2) == 0;
  const auto found = (*engine_)->Search(request);
  if (found.ok() || !reads_fail()) {
    ASSERT_EQ(found.value().hits.size(), 1u);
    EXPECT_EQ(found->hits[0].document.id, document.id);
  } else {
    CheckRefusal(found.status());
  }
}

// The disk fails at the stop, at the start, at both or at neither.
void CallerOnBadDisk::Restart() {
  if (Below(2) == 0) BreakDisk();
  engine_.reset();
  disk_.Heal();
  if (Below(2) == 0) BreakDisk();
  Start();
  disk_.Heal();
  if (!AllAnswer() || !Writes()) {
    engine_.reset();
    Start();
  }
  Compare();
}

// A start that the disk refuses says so, and the next one finds everything.
void CallerOnBadDisk::Start() {
  engine_.emplace(scratch_.path() / "data");
  if (engine_->status().ok()) return;
  CheckRefusal(engine_->status());
  disk_.Heal();
  engine_.reset();
  engine_.emplace(scratch_.path() / "data");
  ASSERT_TRUE(engine_->status().ok()) << engine_->status();
}

// Not while a collection could not be read when it was to be recovered.
bool CallerOnBadDisk::AllAnswer() {
  const auto collections = (*engine_)->ListCollections();
  EXPECT_TRUE(collections.ok()) << collections.status();
  for (const service::CollectionInfo& info : collections.value()) {
    const auto count = (*engine_)->Count(info.spec.id);
    if (count.ok()) continue;
    CheckRefusal(count.status());
    return false;
  }
  return true;
}

// Not when the disk failed a write of the start itself: the next start writes again.
bool CallerOnBadDisk::Writes() {
  absl::Status status = (*engine_)->CreateCollection(SpecOf(kProbe)).status();
  if (status.ok()) status = (*engine_)->DeleteCollection(kProbe).status();
  if (!status.ok()) CheckRefusal(status);
  return status.ok();
}

std::vector<Holdings> CallerOnBadDisk::Possible() const {
  std::vector<Holdings> possible{now_};
  for (const Change& change : refused_) {
    for (size_t i = possible.size(); i > 0; --i) {
      Holdings with = possible[i - 1];
      change(with);
      possible.push_back(std::move(with));
    }
  }
  return possible;
}

void CallerOnBadDisk::Compare() {
  const absl::Status left = (*engine_)->DeleteCollection(kProbe).status();
  ASSERT_TRUE(left.ok() || absl::IsNotFound(left)) << left;
  Holdings found;
  ASSERT_EQ(engine_->ReadAll(found), "");
  ASSERT_EQ(OneOf(Possible(), found, "what is there"), "");
  now_ = std::move(found);
  refused_.clear();
}

void CallerOnBadDisk::CheckEverything() {
  disk_.Heal();
  Restart();
  engine_.reset();
  disk_.Heal();
  EXPECT_EQ(CheckOffline(scratch_.path() / "data"), "");
}

}  // namespace voisin::test
