#include "store/new_object.h"

#include <quarentena_native.h>

#include "store/native_error.h"

namespace quarentena {

Result<PutNew> put_new_object(const ObjectStore& store, const std::filesystem::path& file,
                              const std::string& path, StopFlag stop) {
  char* error = nullptr;
  // native/ reads the flag's byte atomically; object_store.cpp asserts that it can.
  const auto status = qn_store_upload_new(store.handle(), file.c_str(), path.c_str(),
                                          reinterpret_cast<const unsigned char*>(stop), &error);
  if (status == QN_CONFLICT) return PutNew::taken;
  if (status != QN_OK)
    return tl::unexpected<Error>(store_error(status, error, store.name_of(path)));
  return PutNew::done;
}

}  // namespace quarentena
