#include "tests/stress/power_loss_fixture.h"

#include <thread>

namespace voisin::test {
namespace {

void Upsert(BlockingEngine& engine, const std::string& collection, const Documents& documents) {
  const service::UpsertRequest request = UpsertOf(collection, documents);
  EXPECT_EQ(UntilItWorks([&] { return engine.Upsert(request).status(); }), absl::OkStatus());
}

}  // namespace

Workers::Workers(uint64_t seed) : random_(seed) {
  for (int i = 0; i < kWriters; ++i) {
    writers_.push_back({"w" + std::to_string(i) + "-", std::mt19937_64(random_()), {}, {}});
  }
}

void Workers::Work(BlockingEngine& engine, const DiskRecorder& disk) {
  for (const char* name : {kBusy, kStill}) {
    if (holdings_.now().collections.contains(name)) continue;
    holdings_.Begin(disk.position(), [name](Holdings& all) { all.collections[name]; });
    EXPECT_EQ(UntilItWorks([&] { return engine.CreateCollection(SpecOf(name)).status(); }), absl::OkStatus());
    holdings_.Acknowledge(disk.position());
  }
  std::vector<std::thread> threads;
  for (Writer& writer : writers_) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) Write(writer, engine, disk);
    });
  }
  Administer(engine, disk);
  for (std::thread& thread : threads) thread.join();
}

void Workers::Write(Writer& writer, BlockingEngine& engine, const DiskRecorder& disk) {
  Documents documents = SomeDocuments(writer.prefix, writer.random);
  const bool deletion = writer.random() % 4 == 0;
  writer.history.Begin(disk.position(), [documents, deletion](Documents& state) {
    for (const auto& [id, document] : documents) {
      deletion ? (void)state.erase(id) : (void)state.insert_or_assign(id, document);
    }
  });
  if (deletion) {
    service::DeleteRequest request;
    request.collection = kBusy;
    for (const auto& [id, document] : documents) request.ids.push_back(id);
    EXPECT_EQ(UntilItWorks([&] { return engine.Delete(request).status(); }), absl::OkStatus());
  } else {
    Upsert(engine, kBusy, documents);
  }
  writer.history.Acknowledge(disk.position());
}

void Workers::Administer(BlockingEngine& engine, const DiskRecorder& disk) {
  for (int i = 0; i < 5; ++i) {
    AddToStill(engine, disk);
    ChangeHoldings(engine, disk);
  }
}

void Workers::AddToStill(BlockingEngine& engine, const DiskRecorder& disk) {
  const Documents documents = SomeDocuments("s", random_);
  holdings_.Begin(disk.position(), [documents](Holdings& all) {
    for (const auto& [id, document] : documents) all.collections[kStill].insert_or_assign(id, document);
  });
  Upsert(engine, kStill, documents);
  holdings_.Acknowledge(disk.position());
}

void Workers::ChangeHoldings(BlockingEngine& engine, const DiskRecorder& disk) {
  const Holdings now = holdings_.now();
  const std::string name = "made" + std::to_string(++names_);
  const std::string snapshot = now.snapshots.empty() ? "" : now.snapshots.begin()->first;
  const size_t begun = disk.position();
  std::function<absl::Status()> request;
  if (snapshot.empty() || (now.snapshots.size() < 3 && random_() % 2 == 0)) {
    holdings_.Begin(begun, [name](Holdings& all) { all.snapshots[name] = all.collections[kStill]; });
    request = [&engine, name] { return engine.CreateSnapshot(kStill, name).status(); };
  } else if (now.collections.size() > 3) {
    const std::string doomed = now.collections.rbegin()->first == kStill
                                   ? std::next(now.collections.begin())->first
                                   : now.collections.rbegin()->first;
    holdings_.Begin(begun, [doomed](Holdings& all) { all.collections.erase(doomed); });
    request = [&engine, doomed] { return engine.DeleteCollection(doomed).status(); };
  } else if (random_() % 3 == 0) {
    holdings_.Begin(begun, [snapshot](Holdings& all) { all.snapshots.erase(snapshot); });
    request = [&engine, snapshot] { return engine.DeleteSnapshot(snapshot).status(); };
  } else {
    holdings_.Begin(begun,
                    [name, snapshot](Holdings& all) { all.collections[name] = all.snapshots[snapshot]; });
    request = [&engine, snapshot, name] { return engine.RestoreSnapshot(snapshot, name).status(); };
  }
  EXPECT_EQ(UntilItWorks(request), absl::OkStatus());
  holdings_.Acknowledge(disk.position());
}

std::string Workers::Verify(OpenEngine& engine, size_t position) {
  if (!engine.status().ok()) return "it does not open: " + engine.status().ToString();
  if (std::string problem = VerifyHoldings(engine, position); !problem.empty()) return problem;
  return VerifyWriters(engine, position);
}

std::string Workers::VerifyHoldings(OpenEngine& engine, size_t position) {
  if (std::string problem = engine.ReadAll(found_); !problem.empty()) return problem;
  if (found_.collections.contains(kBusy)) found_.collections[kBusy].clear();
  return OneOf(holdings_.Possible(position), found_, "collections and snapshots");
}

std::string Workers::VerifyWriters(OpenEngine& engine, size_t position) {
  const Documents all = engine.ListAll(kBusy).value_or(Documents());
  for (Writer& writer : writers_) {
    writer.found.clear();
    for (const auto& [id, document] : all) {
      if (id.starts_with(writer.prefix)) writer.found[id] = document;
    }
    const auto possible = writer.history.Possible(position);
    if (std::string problem = OneOf(possible, writer.found, writer.prefix); !problem.empty()) return problem;
  }
  return "";
}

void Workers::GoOnFromFound() {
  holdings_.Restart(found_);
  for (Writer& writer : writers_) writer.history.Restart(writer.found);
}

}  // namespace voisin::test
