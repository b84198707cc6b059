#pragma once

#include <string>
#include <vector>

#include "clients/cli/console.h"
#include "voisin/v1/admin.pb.h"

namespace voisin::cli {

// One JSON line.
std::string ToJsonText(const v1::Snapshot& snapshot);
void PrintSnapshots(const std::vector<v1::Snapshot>& snapshots, Console& console);

}  // namespace voisin::cli
