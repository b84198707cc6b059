#include <memory>
#include <ostream>

#include "base/status_macros.h"
#include "clients/cli/collection_output.h"
#include "clients/cli/commands.h"
#include "clients/cli/json_output.h"
#include "clients/cli/remote.h"
#include "clients/cli/snapshot_archive_file.h"
#include "clients/cli/snapshot_output.h"

namespace voisin::cli {
namespace {

struct SnapshotOptions {
  Remote remote;
  std::string snapshot;
  std::string collection;
  std::string file;
  std::string id;
};

using Work = absl::Status (*)(const SnapshotOptions&, client::Client&, Console&);
using Options = std::shared_ptr<SnapshotOptions>;

absl::Status Print(const SnapshotOptions& options, const absl::StatusOr<v1::Snapshot>& answer,
                   Console& console) {
  RETURN_IF_ERROR(answer.status());
  if (options.remote.json) {
    console.out << ToJsonText(*answer) << "\n";
  } else {
    PrintSnapshots({*answer}, console);
  }
  return absl::OkStatus();
}

absl::Status Create(const SnapshotOptions& options, client::Client& client, Console& console) {
  v1::CreateSnapshotRequest request;
  request.set_collection(CollectionName(options.collection));
  request.set_snapshot_id(options.id);
  return Print(options, client.CreateSnapshot(request), console);
}

absl::Status List(const SnapshotOptions& options, client::Client& client, Console& console) {
  const std::string wanted = options.collection.empty() ? "" : CollectionName(options.collection);
  ASSIGN_OR_RETURN(const std::vector<v1::Snapshot> snapshots, client.ListSnapshots(wanted));
  if (!options.remote.json) {
    PrintSnapshots(snapshots, console);
    return absl::OkStatus();
  }
  for (const v1::Snapshot& snapshot : snapshots) console.out << ToJsonText(snapshot) << "\n";
  return absl::OkStatus();
}

absl::Status Delete(const SnapshotOptions& options, client::Client& client, Console& console) {
  RETURN_IF_ERROR(client.DeleteSnapshot(options.snapshot));
  if (options.remote.json) {
    console.out << JsonLine().Text("deleted", options.snapshot).str() << "\n";
  } else {
    console.out << options.snapshot << " deleted\n";
  }
  return absl::OkStatus();
}

absl::Status Restore(const SnapshotOptions& options, client::Client& client, Console& console) {
  v1::RestoreSnapshotRequest request;
  request.set_name(options.snapshot);
  request.set_collection_id(options.collection);
  ASSIGN_OR_RETURN(const v1::Collection collection, client.RestoreSnapshot(request));
  if (options.remote.json) {
    console.out << ToJsonText(collection) << "\n";
  } else {
    PrintDescription(collection, console);
  }
  return absl::OkStatus();
}

absl::Status Export(const SnapshotOptions& options, client::Client& client, Console& console) {
  ASSIGN_OR_RETURN(const uint64_t bytes, ExportTo(options.file, options.snapshot, client));
  if (options.remote.json) {
    JsonLine line;
    line.Text("exported", options.snapshot).Text("file", options.file);
    console.out << line.Number("bytes", static_cast<double>(bytes)).str() << "\n";
  } else {
    console.out << options.snapshot << " exported to " << options.file << ", " << bytes << " bytes\n";
  }
  return absl::OkStatus();
}

absl::Status Import(const SnapshotOptions& options, client::Client& client, Console& console) {
  return Print(options, ImportFrom(options.file, options.id, client), console);
}

// Restoring and moving whole collections takes its time.
constexpr double kTimeout = 3600;

void Finish(Arguments& command, const Options& options, Work work) {
  options->remote.timeout = kTimeout;
  AddRemoteOptions(command, options->remote);
  command.Does([options, work](Context& context) -> absl::Status {
    ASSIGN_OR_RETURN(auto client, Connect(options->remote, context));
    return Explained(work(*options, *client, context.console), options->remote, context);
  });
}

void AddSnapshotCreate(Arguments& parent) {
  auto options = std::make_shared<SnapshotOptions>();
  Arguments command = parent.Command("create", "Keep a collection as it is now",
                                     "voisin snapshot create notes --id before-cleanup");
  command.Required("COLLECTION", options->collection, "The collection");
  command.Option("--id", options->id, "Name of the snapshot (default: of collection and time)");
  Finish(command, options, Create);
}

void AddSnapshotList(Arguments& parent) {
  auto options = std::make_shared<SnapshotOptions>();
  Arguments command = parent.Command("list", "List snapshots", "voisin snapshot list notes");
  command.Optional("COLLECTION", options->collection, "Only snapshots of this collection");
  Finish(command, options, List);
}

void AddSnapshotDelete(Arguments& parent) {
  auto options = std::make_shared<SnapshotOptions>();
  Arguments command = parent.Command("delete", "Delete a snapshot", "voisin snapshot delete before-cleanup");
  command.Required("SNAPSHOT", options->snapshot, "The snapshot");
  Finish(command, options, Delete);
}

void AddSnapshotRestore(Arguments& parent) {
  auto options = std::make_shared<SnapshotOptions>();
  Arguments command = parent.Command("restore", "Make a new collection of a snapshot",
                                     "voisin snapshot restore before-cleanup notes-old");
  command.Required("SNAPSHOT", options->snapshot, "The snapshot");
  command.Required("COLLECTION", options->collection, "Name of the new collection");
  Finish(command, options, Restore);
}

void AddSnapshotExport(Arguments& parent) {
  auto options = std::make_shared<SnapshotOptions>();
  Arguments command = parent.Command("export", "Write a snapshot to one file",
                                     "voisin snapshot export before-cleanup notes.voisin");
  command.Required("SNAPSHOT", options->snapshot, "The snapshot");
  command.Required("FILE", options->file, "The file to make");
  Finish(command, options, Export);
}

void AddSnapshotImport(Arguments& parent) {
  auto options = std::make_shared<SnapshotOptions>();
  Arguments command = parent.Command("import", "Add a snapshot from a file that export wrote",
                                     "voisin snapshot import notes.voisin --id moved");
  command.Required("FILE", options->file, "The file");
  command.Option("--id", options->id, "Name of the snapshot (default: of collection and time)");
  Finish(command, options, Import);
}

}  // namespace

void AddSnapshot(Arguments& root) {
  Arguments command =
      root.Command("snapshot", "Make, list, restore, move and delete snapshots of collections");
  AddSnapshotCreate(command);
  AddSnapshotList(command);
  AddSnapshotDelete(command);
  AddSnapshotRestore(command);
  AddSnapshotExport(command);
  AddSnapshotImport(command);
}

}  // namespace voisin::cli
