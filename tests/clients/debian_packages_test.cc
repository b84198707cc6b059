#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "tests/support/scratch_dir.h"
#include "tests/support/source_dir.h"

namespace voisin::test {
namespace {

std::string Convert(const std::string& stanzas) {
  const ScratchDir scratch;
  std::ofstream(scratch.path() / "in", std::ios::binary) << stanzas;
  const std::filesystem::path script = SourceDir() / "clients/examples/debian_packages.py";
  const std::string command = "/usr/bin/python3 '" + script.string() + "' < '" +
                              (scratch.path() / "in").string() + "' > '" + (scratch.path() / "out").string() +
                              "'";
  EXPECT_EQ(std::system(command.c_str()), 0);
  std::ostringstream out;
  out << std::ifstream(scratch.path() / "out", std::ios::binary).rdbuf();
  return out.str();
}

TEST(DebianPackagesTest, MakesDocumentsOfStanzas) {
  EXPECT_EQ(Convert("Package: one\n"
                    "Installed-Size: 12\n"
                    "Description-en: short words\n"
                    " The long words.\n"
                    " .\n"
                    "  * a point\n"
                    "Homepage: https://example.org/\n"
                    "Tag: a,\n"
                    " b\n"
                    "Section: net\n"
                    "Priority: optional\n"
                    "\n"
                    "Package: two\n"
                    "Description: caf\xC3\xA9\n"
                    "\n"
                    "Package: one\n"
                    "Description: again\n"
                    "\n"
                    "Package: silent\n"
                    "Section: net\n"),
            "{\"id\": \"one\", \"text\": \"short words\\nThe long words.\\n\\n* a point\", \"metadata\": "
            "{\"section\": \"net\", \"priority\": \"optional\", \"homepage\": \"https://example.org/\", "
            "\"installed_size\": 12}}\n"
            "{\"id\": \"two\", \"text\": \"caf\xC3\xA9\", \"metadata\": {}}\n");
}

}  // namespace
}  // namespace voisin::test
