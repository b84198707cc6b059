#include "clients/hub/digest.h"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <system_error>

#include "absl/strings/escaping.h"
#include "base/files.h"
#include "base/status_macros.h"

namespace voisin::hub {

std::string ToString(const Digest& digest) {
  return (digest.kind == Digest::Kind::sha256 ? "SHA-256 " : "git blob ") + digest.hex;
}

absl::StatusOr<Digest> DigestOfFile(const std::filesystem::path& path, Digest::Kind kind) {
  ASSIGN_OR_RETURN(const MappedFile file, MappedFile::Open(path));
  const std::string_view content = file.text();
  std::string prefix;
  if (kind == Digest::Kind::git_blob) prefix = "blob " + std::to_string(content.size()) + '\0';
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
  unsigned size = 0;
  const bool made = EVP_DigestInit_ex(context.get(), kind == Digest::Kind::sha256 ? EVP_sha256() : EVP_sha1(),
                                      nullptr) == 1 &&
                    EVP_DigestUpdate(context.get(), prefix.data(), prefix.size()) == 1 &&
                    EVP_DigestUpdate(context.get(), content.data(), content.size()) == 1 &&
                    EVP_DigestFinal_ex(context.get(), sum.data(), &size) == 1;
  if (!made) return absl::InternalError("libcrypto makes no digest of " + path.string());
  return Digest{kind, absl::BytesToHexString({reinterpret_cast<const char*>(sum.data()), size})};
}

bool HasContent(const std::filesystem::path& path, uint64_t size, const Digest& digest) {
  std::error_code error;
  if (std::filesystem::file_size(path, error) != size || error) return false;
  const absl::StatusOr<Digest> found = DigestOfFile(path, digest.kind);
  return found.ok() && *found == digest;
}

}  // namespace voisin::hub
