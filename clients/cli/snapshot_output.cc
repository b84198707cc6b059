#include "clients/cli/snapshot_output.h"

#include <ostream>

#include "absl/time/time.h"
#include "clients/cli/json_output.h"
#include "clients/cli/progress.h"
#include "clients/cli/table.h"

namespace voisin::cli {
namespace {

std::string LastPart(const std::string& name) { return name.substr(name.rfind('/') + 1); }

std::string CreateTime(const v1::Snapshot& snapshot) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(snapshot.create_time().seconds()),
                          absl::UTCTimeZone());
}

std::vector<std::string> RowOf(const v1::Snapshot& snapshot) {
  if (!snapshot.problem().empty()) return {LastPart(snapshot.name()), "", "", "", "", "", snapshot.problem()};
  return {LastPart(snapshot.name()),
          LastPart(snapshot.collection()),
          std::to_string(snapshot.document_count()),
          snapshot.model(),
          ShortCount(static_cast<double>(snapshot.size_bytes())) + "B",
          CreateTime(snapshot),
          ""};
}

}  // namespace

std::string ToJsonText(const v1::Snapshot& snapshot) {
  JsonLine line;
  line.Text("name", snapshot.name());
  if (!snapshot.problem().empty()) return line.Text("problem", snapshot.problem()).str();
  line.Text("collection", snapshot.collection()).Text("model", snapshot.model());
  line.Text("model_fingerprint", snapshot.model_fingerprint());
  line.Number("document_count", static_cast<double>(snapshot.document_count()));
  line.Number("lsn", static_cast<double>(snapshot.lsn()));
  line.Number("size_bytes", static_cast<double>(snapshot.size_bytes()));
  return line.Text("create_time", CreateTime(snapshot)).str();
}

void PrintSnapshots(const std::vector<v1::Snapshot>& snapshots, Console& console) {
  using enum Table::Align;
  Table table({{"snapshot", left, true},
               {"collection", left, true},
               {"documents", right},
               {"model", left, true},
               {"size", right},
               {"created"},
               {"problem", left, true}});
  for (const v1::Snapshot& snapshot : snapshots) table.Add(RowOf(snapshot));
  console.out << table.Render(console.width);
}

}  // namespace voisin::cli
