"""Networks from the prototxt files of Caffe."""
