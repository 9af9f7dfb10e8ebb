"""Options of Darknet files that change no figure of a network."""

_WRITTEN = """
absolute adam adversarial_lr align alpha anchors angle aspect assisted_excitation augment_speed
B1 B2 background batch beta beta_nms bias_match bin_output binary blur burn_in cbn class_scale
classfix cls_normalizer contrastive coord_scale coordconv counters_per_class cutmix decay
delta_normalizer dets_for_show dets_for_track distort dontload dontloadscales dontsave dot
dropblock dropblock_size_abs dropblock_size_rel embedding_layer eps exposure flip flipped
focal_loss forced gaussian_noise grad_centr hue ignore_thresh iou_loss iou_normalizer iou_thresh
iou_thresh_kind jitter kappa label_smooth_eps learning_rate letter_box log map mask_scale max
max_batches max_crop max_delta maxpool_zero_nonmax min_crop mixup momentum mosaic mosaic_bound
new_coords nms_kind noadjust noloss noobject_scale obj_normalizer object_scale objectness_smooth
onlyforward optimized_memory policy power probability random ratio rescore resize resize_step
reverse rotate saturation scale scale_x_y scales seq_scales sgdr_cycle sgdr_mult shift
show_details show_receptive_field sim_thresh smooth softmax spatial sqrt state_constrain step
steps stopbackward stream stretch stretch_sway subdivisions swag sway temperature thresh
time_steps track track_ciou_norm track_history_size tree truth_thresh type uc_normalizer
unsupervised use_cuda_graph wait_stream weights_normalization workspace_size_limit_MB xnor
yolo_layer yolo_point
"""

OTHER_KEYS = frozenset(_WRITTEN.split())
"""Options that are not looked at. Any other one may be a slip for one that is."""
