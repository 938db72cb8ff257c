photo-too-large = 照片超过 { $limit } MB。请选一张小一些的，或调低画质重新拍摄。
photo-not-an-image = 这个文件不是能识别的照片。请选择 JPEG、PNG、WebP 或 HEIC 格式的照片。
photo-too-plain = 这张照片几乎是一片单色，没有可比对的内容。
photo-broken = 照片已损坏，打不开。请重新拍摄或另选一张。
photo-heic-unreadable = 这张 HEIC 照片无法读取。请把相机格式改为“兼容性最佳”，或选择 JPEG 照片。
photo-too-many-pixels = 照片超过 { $limit } 百万像素。请选择一张小一些的。
files-refusal-not-a-pdf = 这个文件不是 PDF，请换一个文件，或直接拍照。
files-refusal-document-too-large = 文件超过 { $megabytes } MB，请压缩后再上传，或只上传盖章页。
